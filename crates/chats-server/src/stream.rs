//! The frames of an answer's stream, with a pause between tokens where one is
//! set, and pings while nothing else comes.

use std::sync::Arc;

use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::answer::StreamEvent;
use crate::app::App;
use crate::conversation::{Encoder, Frame};

/// The frames up to the last event.
pub(crate) fn frames(
    app: &Arc<App>,
    events: UnboundedReceiver<StreamEvent>,
) -> impl Stream<Item = Frame> + Send + use<> {
    let state = State {
        encoder: Encoder::new(app.links.clone()),
        app: Arc::clone(app),
        events,
    };
    stream::unfold(state, |mut state| async move {
        let frame = state.next().await?;
        Some((frame, state))
    })
    .fuse()
}

struct State {
    app: Arc<App>,
    encoder: Encoder,
    events: UnboundedReceiver<StreamEvent>,
}

impl State {
    async fn next(&mut self) -> Option<Frame> {
        let event = tokio::select! {
            biased;
            event = self.events.recv() => event?,
            () = self.app.clock.sleep(self.app.ping_interval) => return Some(Frame::new("ping", json!({}))),
        };
        if matches!(event, StreamEvent::Token(_)) && !self.app.token_delay.is_zero() {
            self.app.clock.sleep(self.app.token_delay).await;
        }
        Some(self.encoder.frame(event))
    }
}
