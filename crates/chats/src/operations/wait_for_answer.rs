//! Waiting for an answer that comes later, such as that of a plan which runs in the
//! background. The service documents no notification, so the session's history is read at
//! the polling interval.

use std::time::Duration;

use crate::call::Call;
use crate::call::operation::{CallContext, Run};
use crate::error::{Error, ErrorKind, Result};
use crate::operations::GetSession;
use crate::transport::{OperationSpec, Reply};
use crate::types::{ChatMessage, ChatSessionDetail, MessageId, Role, SessionId};

/// The time for the last look at the history.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// The operation behind [`ChatResource::wait_for_answer`](crate::ChatResource::wait_for_answer);
/// its options are methods on [`Call`].
#[derive(Clone, Debug)]
pub struct WaitForAnswer {
    session_id: SessionId,
    after: Option<MessageId>,
}

impl WaitForAnswer {
    pub(crate) fn new(session_id: SessionId) -> Self {
        Self {
            session_id,
            after: None,
        }
    }
}

impl<M, D> Call<WaitForAnswer, M, D> {
    /// The id of the message that the answer must come after. Default: the newest message
    /// when the wait begins. Set it to the newest message before the work began, so that
    /// an answer which comes at once is not missed.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// # let id = chats.create_session().await?.id;
    /// # let error = chats.send(id, "Find damaged poles and select them").await.unwrap_err();
    /// # let plan = error.plan().expect("the agent asks first");
    /// let known = chats.get_messages(id).await?;
    /// let last = &known.last().expect("at least the question").id;
    /// chats.approve_plan(id, &plan.plan_id).await?;
    /// let report = chats.wait_for_answer(id).after(last).await?;
    /// println!("{}", report.resolved_content());
    /// # Ok(()) });
    /// ```
    pub fn after(mut self, message: impl Into<MessageId>) -> Self {
        self.operation().after = Some(message.into());
        self
    }
}

impl Run for WaitForAnswer {
    type Output = ChatMessage;

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "wait_for_answer",
        doing: "wait for an answer",
        ..*GetSession::SPEC
    };

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    async fn run(self, context: CallContext) -> Result<Reply<ChatMessage>> {
        let CallContext { client, options } = context;
        let (settings, clock) = (&client.shared.settings, &client.shared.clock);
        let limit = options.timeout.unwrap_or(settings.polling_timeout);
        // The last look comes when time is up, but ends within the call's own timeout.
        let room = match options.timeout {
            Some(limit) => LAST_LOOK.min(limit / 8),
            None => Duration::ZERO,
        };
        let began = clock.now();
        // The message after which the answer is looked for: `None` before the first look,
        // `Some(None)` for the start of an empty session.
        let mut after = self.after.map(Some);
        let mut looks = 0;
        loop {
            looks += 1;
            let fail = |error| Err(failed(error, self.session_id, looks));
            let left = limit.saturating_sub(clock.now().saturating_duration_since(began));
            let mut options = options.clone();
            let look = match options.timeout {
                Some(_) => left,
                None => left.max(LAST_LOOK),
            };
            options.timeout = Some(look.min(settings.timeout));
            let context = CallContext {
                client: client.clone(),
                options,
            };
            let look = GetSession::history(self.session_id).run(context).await;
            let waited = || clock.now().saturating_duration_since(began);
            let (asked, outcome) = match look {
                Ok(reply) => match find(reply, &mut after) {
                    Ok(Some(answer)) => return Ok(answer),
                    Ok(None) => (Duration::ZERO, no_answer(limit)),
                    Err(error) => return fail(error),
                },
                Err(error) if error.kind() == ErrorKind::Timeout && waited() >= limit => {
                    return fail(no_answer(limit));
                }
                // The failure may pass while the answer is being made.
                Err(error) if error.is_retryable() => {
                    (error.retry_after().unwrap_or_default(), error)
                }
                Err(error) => return fail(error),
            };
            let left = limit.saturating_sub(waited()).saturating_sub(room);
            if left.is_zero() || asked > left {
                return fail(outcome);
            }
            clock
                .sleep(settings.polling_interval.max(asked).min(left))
                .await;
        }
    }
}

/// Looks for the answer; notes after which message to look from now on, if unknown.
fn find(
    reply: Reply<ChatSessionDetail>,
    after: &mut Option<Option<MessageId>>,
) -> Result<Option<Reply<ChatMessage>>> {
    let Reply { value, exchange } = reply;
    let mut messages = value.messages;
    let new = match after {
        Some(Some(known)) => match messages.iter().position(|m| m.id == *known) {
            Some(place) => place + 1,
            None => return Err(unknown_message(known)),
        },
        Some(None) => 0,
        None => messages.len(),
    };
    let answer = messages[new..].iter().position(is_answer);
    if let Some(place) = answer {
        let value = messages.swap_remove(new + place);
        return Ok(Some(Reply { value, exchange }));
    }
    after.get_or_insert_with(|| messages.last().map(|last| last.id.clone()));
    Ok(None)
}

/// Whether a message is an answer; one without text was only begun.
fn is_answer(message: &ChatMessage) -> bool {
    message.role == Role::Assistant && !message.content.is_empty()
}

/// An error that ends the wait after so many looks.
fn failed(mut error: Error, session_id: SessionId, looks: u32) -> Error {
    error.fill_doing(WaitForAnswer::SPEC.doing);
    error.fill_session_id(Some(session_id));
    if error.attempts() == 0 {
        error.set_attempts(looks);
    }
    error
}

fn no_answer(limit: Duration) -> Error {
    let message = format!("no answer came within {} s", limit.as_secs_f64());
    Error::new(ErrorKind::Timeout, message)
        .with_hint("it may still come: wait longer with timeout or polling_timeout")
}

fn unknown_message(id: &MessageId) -> Error {
    let message = format!("the session's history has no message `{id}`");
    Error::new(ErrorKind::NotFound, message)
        .with_hint("pass the id of a message that get_messages returned for this session")
}
