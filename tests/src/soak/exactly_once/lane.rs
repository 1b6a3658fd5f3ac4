//! One client behind a proxy of its own: it sends one message after the other,
//! and notes what it was told of each.

use std::time::Duration;

use chats::{ChatResource, ChatToken, Client, Error, SessionId};
use futures_util::StreamExt;

use super::ledger::{Report, Sent};
use super::{KEY, Mortal, Settings};
use crate::proxy::{FaultClock, FaultProxy, NetworkFault};

pub(super) struct Lane {
    number: u64,
    random: fastrand::Rng,
    sessions: Vec<SessionId>,
    proxy: FaultProxy,
    clock: FaultClock,
    chats: ChatResource,
}

impl Lane {
    pub(super) fn new(
        number: u64,
        settings: &Settings,
        server: &Mortal,
        sessions: Vec<SessionId>,
    ) -> Self {
        let proxy = FaultProxy::start(server.address(), server.killer());
        let clock = proxy.clock();
        let client = Client::builder()
            .api_key(KEY)
            .base_url(proxy.base_url())
            .clock(clock.clone())
            .polling_timeout(Duration::from_secs(60))
            .build()
            .expect("a client");
        Self {
            number,
            random: fastrand::Rng::with_seed(settings.seed.wrapping_mul(1_000_003) + number),
            sessions,
            proxy,
            clock,
            chats: client.chats(),
        }
    }

    pub(super) async fn send(mut self, count: u64) -> Vec<Sent> {
        let mut sent = Vec::new();
        for message in 0..count {
            let session = self.random.choice(&self.sessions).copied();
            let session = session.expect("there are sessions");
            // Some words are said again and again, by everybody.
            let text = if self.random.u8(..10) == 0 {
                "Welche Mäste sind beschädigt?".to_owned()
            } else {
                format!("Frage {message} von {}", self.number)
            };
            let streamed = message % 2 == 0;
            // An open circuit may close again.
            self.clock.advance(Duration::from_secs(9));
            let faults = NetworkFault::draw(&mut self.random);
            self.proxy.plan(faults.clone()).await;
            let report = if streamed {
                streamed_report(&self.chats, session, &text).await
            } else {
                let answer = self.chats.send(session, text.as_str()).await;
                answer.map_or_else(
                    |error| Report::of_error(&error),
                    |answer| Report::Answered {
                        content: answer.content,
                        message_id: answer.message_id.to_string(),
                        recovered: false,
                    },
                )
            };
            sent.push(Sent {
                session,
                text,
                streamed,
                planned: faults,
                passages: self.proxy.passages(),
                report,
            });
        }
        sent
    }
}

async fn streamed_report(chats: &ChatResource, session: SessionId, text: &str) -> Report {
    let mut stream = match chats.send_stream(session, text).await {
        Ok(stream) => stream,
        Err(error) => return Report::of_error(&error),
    };
    let (mut recovered, mut pieces) = (false, String::new());
    while let Some(token) = stream.next().await {
        match token {
            Ok(token) => {
                recovered |= matches!(token, ChatToken::Reconnecting(_));
                pieces.push_str(token.content().unwrap_or_default());
            }
            Err(error) => return Report::of_error(&error),
        }
    }
    match stream.finish().await {
        Ok(answer) if answer.content != pieces => Report::Torn {
            content: answer.content,
            pieces,
        },
        Ok(answer) => Report::Answered {
            content: answer.content,
            message_id: answer.message_id.to_string(),
            recovered,
        },
        Err(error) => Report::of_error(&error),
    }
}

impl Report {
    fn of_error(error: &Error) -> Self {
        let partial = error.partial().unwrap_or_default().to_owned();
        let kind = error.kind();
        if error.outcome_unknown() {
            Self::Unknown { kind, partial }
        } else {
            Self::NotSent { kind, partial }
        }
    }
}
