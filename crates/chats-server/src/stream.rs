//! The body of an answer's stream: frames, with a pause between tokens if one is set,
//! pings while nothing else comes, and the injected faults.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::answer::StreamEvent;
use crate::conversation::{Encoder, Frame};
use crate::fault::{FrameFaults, Step, break_off};
use crate::library::Links;
use crate::server::ResetSwitch;
use crate::state::App;

/// The body, up to the last event.
pub(crate) fn body(
    app: &Arc<App>,
    links: Links,
    events: UnboundedReceiver<StreamEvent>,
    faults: FrameFaults,
    reset: ResetSwitch,
) -> Body {
    let state = State {
        encoder: Encoder::new(links),
        app: Arc::clone(app),
        events,
        faults,
        steps: VecDeque::new(),
        reset,
        held: None,
    };
    Body::from_stream(stream::unfold(state, |mut state| async move {
        let piece = state.next().await?;
        Some((piece, state))
    }))
}

struct State {
    app: Arc<App>,
    encoder: Encoder,
    events: UnboundedReceiver<StreamEvent>,
    faults: FrameFaults,
    steps: VecDeque<Step>,
    reset: ResetSwitch,
    /// A token, and how long it is still held back.
    held: Option<(StreamEvent, Duration)>,
}

impl State {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            match self.steps.pop_front() {
                Some(Step::Send(bytes)) => return Some(Ok(bytes)),
                Some(Step::Wait(Some(duration))) => self.app.clock.sleep(duration).await,
                Some(Step::Wait(None)) => std::future::pending().await,
                Some(Step::End) => return None,
                Some(Step::Break { reset }) => {
                    if reset {
                        self.reset.set();
                    }
                    return Some(Err(break_off().await));
                }
                None => {
                    let frame = self.frame().await?;
                    self.steps.extend(self.faults.apply(&frame));
                }
            }
        }
    }

    async fn frame(&mut self) -> Option<Frame> {
        let (clock, silence) = (&self.app.clock, self.app.ping_interval);
        let ping = || Some(Frame::new("ping", json!({})));
        let (event, wait) = match self.held.take() {
            Some(held) => held,
            None => {
                let event = tokio::select! {
                    biased;
                    event = self.events.recv() => event?,
                    () = clock.sleep(silence) => return ping(),
                };
                match event {
                    StreamEvent::Token(_) => (event, self.app.token_delay),
                    StreamEvent::Other(..) => (event, Duration::ZERO),
                }
            }
        };
        if wait > silence {
            clock.sleep(silence).await;
            self.held = Some((event, wait - silence));
            return ping();
        }
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
        Some(self.encoder.frame(event))
    }
}
