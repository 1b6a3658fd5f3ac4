//! Sending messages, answered whole or as a stream.

use std::fmt::Display;
use std::pin::pin;

use chats_raw::types as raw;

use super::bounds;
use crate::call::operation::{CallContext, Run, Running};
use crate::call::{Async, Call, Driver};
use crate::client::send_log::{SendLog, Ticket};
use crate::error::{Error, Result};
use crate::limits;
use crate::retry::breaker::EndpointGroup;
use crate::stream::{ChatStream, Opened};
use crate::transport::{OperationSpec, ReplyKind};
use crate::types::{ChatResponse, SessionId, from_raw};

/// What to do if it is not known whether a message was taken.
const LOOK_FIRST: Option<&str> = Some(
    "the message may have been received: check the session's messages before sending it again",
);

/// The operation behind [`ChatResource::send`](crate::ChatResource::send);
/// its options are methods on [`Call`].
#[derive(Clone, Debug)]
pub struct SendMessage {
    session_id: SessionId,
    message: String,
    force_detailed_analysis: bool,
    expected_image_ids: Option<Vec<String>>,
}

impl SendMessage {
    pub(crate) fn new(session_id: SessionId, message: String) -> Self {
        Self {
            session_id,
            message,
            force_detailed_analysis: false,
            expected_image_ids: None,
        }
    }

    fn body(self) -> Result<raw::SendMessageRequest> {
        bounds::text("message", &self.message, limits::MAX_MESSAGE_CHARS)?;
        Ok(raw::SendMessageRequest {
            message: self.message,
            force_detailed_analysis: self.force_detailed_analysis,
            expected_image_ids: self.expected_image_ids,
        })
    }

    fn expect<I: IntoIterator>(&mut self, ids: I)
    where
        I::Item: Display,
    {
        let ids = ids.into_iter().map(|id| id.to_string()).collect();
        self.expected_image_ids = Some(ids);
    }
}

/// Removes a message from the log if the service certainly did not take it. If the
/// service answers with a plan, it did.
fn forget_if_refused(log: &SendLog, ticket: Ticket, error: &Error) {
    let refused = error.status().is_none_or(|status| status >= 400) && !error.awaits_approval();
    if refused && !error.outcome_unknown() {
        log.refused(ticket);
    }
}

impl<M, D> Call<SendMessage, M, D> {
    /// Whether the agent looks at the images again, in place of relying on what the
    /// service has stored about them. Default: false.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let answer = chats.send(id, "Find damaged poles").force_detailed_analysis(true).await?;
    /// # Ok(()) });
    /// ```
    pub fn force_detailed_analysis(mut self, force: bool) -> Self {
        self.operation().force_detailed_analysis = force;
        self
    }

    /// The ids of the images that should be selected, if you keep track of the selection
    /// yourself. If the session's selection is a different one, the service corrects it
    /// before it answers. By default nothing is compared.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let images = chats.get_all_images().limit(2).await?.image_ids;
    /// let id = chats.create_session().image_ids(&images).use_all_images(false).await?.id;
    /// let answer = chats.send(id, "What is wrong here?").expected_image_ids(&images).await?;
    /// # Ok(()) });
    /// ```
    pub fn expected_image_ids<I>(mut self, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Display,
    {
        self.operation().expect(ids);
        self
    }
}

impl Run for SendMessage {
    type Output = ChatResponse;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "send",
        doing: "send the message",
        group: EndpointGroup::Messages,
        idempotent: false,
        look_first: LOOK_FIRST,
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<ChatResponse> {
        Box::pin(async move {
            let session_id = self.session_id;
            let client = context.client.clone();
            let exchange = context.begin::<Self>(Some(session_id))?;
            let body = self.body().map_err(|error| exchange.fail(error))?;
            let shared = &client.shared;
            let log = &shared.send_log;
            let ticket = log.sending(session_id, &body.message, shared.clock.now());
            let raw = exchange.raw();
            let call = raw.send_chat_message(session_id.as_uuid(), &body);
            let reply = exchange.json(pin!(call)).await;
            let reply = reply.inspect_err(|error| forget_if_refused(log, ticket, error))?;
            let reply = reply.map(|raw| from_raw::response(raw, session_id));
            log.answered(
                ticket,
                reply.value.message_id.as_str(),
                &reply.value.content,
            );
            Ok(reply)
        })
    }
}

/// The operation behind [`ChatResource::send_stream`](crate::ChatResource::send_stream);
/// its options are methods on [`Call`].
#[derive(Clone, Debug)]
pub struct SendMessageStream<D = Async> {
    message: SendMessage,
    debug_reasoning: bool,
    driver: D,
}

impl<D> SendMessageStream<D> {
    pub(crate) fn new(session_id: SessionId, message: String, driver: D) -> Self {
        Self {
            message: SendMessage::new(session_id, message),
            debug_reasoning: false,
            driver,
        }
    }
}

impl<M, D: Driver> Call<SendMessageStream<D>, M, D> {
    /// Whether the agent looks at the images again, in place of relying on what the
    /// service has stored about them. Default: false.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// # let id = chats.create_session().await?.id;
    /// let question = "What is wrong with the leaning pole?";
    /// let stream = chats.send_stream(id, question).force_detailed_analysis(true).await?;
    /// println!("{}", stream.finish().await?.resolved_content());
    /// # Ok(()) });
    /// ```
    pub fn force_detailed_analysis(mut self, force: bool) -> Self {
        self.operation().message.force_detailed_analysis = force;
        self
    }

    /// The ids of the images that should be selected, if you keep track of the selection
    /// yourself. If the session's selection is a different one, the service corrects it
    /// before it answers. By default nothing is compared.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// # let id = chats.create_session().use_all_images(false).await?.id;
    /// let found = chats.search_images("pole").limit(2).await?;
    /// let mine = chats.update_images(id, found.items.iter().filter_map(|image| image.id())).await?;
    /// let stream = chats
    ///     .send_stream(id, "Which is worst?")
    ///     .expected_image_ids(&mine.selected_image_ids)
    ///     .await?;
    /// # stream.finish().await?;
    /// # Ok(()) });
    /// ```
    pub fn expected_image_ids<I>(mut self, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Display,
    {
        self.operation().message.expect(ids);
        self
    }

    /// Whether [`ThinkingStep`](crate::ChatToken::ThinkingStep) tokens carry the agent's
    /// reasoning ([`reasoning`](crate::stream::token::ThinkingStep::reasoning)). Default:
    /// false.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let stream = chats.send_stream(id, "Find damaged poles").debug_reasoning(true).await?;
    /// stream.finish().await?;
    /// # Ok(()) });
    /// ```
    pub fn debug_reasoning(mut self, debug: bool) -> Self {
        self.operation().debug_reasoning = debug;
        self
    }
}

impl<D: Driver> Run for SendMessageStream<D> {
    type Output = D::Stream;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "send_stream",
        doing: "send the message",
        group: EndpointGroup::Messages,
        idempotent: false,
        look_first: LOOK_FIRST,
        reply: ReplyKind::Events,
    };

    fn run(self, context: CallContext) -> Running<D::Stream> {
        let opening = open_stream(self.message, self.debug_reasoning, context);
        self.driver.stream(opening)
    }
}

fn open_stream(message: SendMessage, debug: bool, context: CallContext) -> Running<ChatStream> {
    Box::pin(async move {
        let session_id = message.session_id;
        let client = context.client.clone();
        let exchange = context.begin::<SendMessageStream>(Some(session_id))?;
        let request = message.body().map_err(|error| exchange.fail(error))?;
        let sent_at = client.shared.clock.now();
        let log = &client.shared.send_log;
        let ticket = log.sending(session_id, &request.message, sent_at);
        let raw = exchange.raw();
        let call = raw.send_message_stream(session_id.as_uuid(), Some(debug), &request);
        let reply = exchange.events(pin!(call)).await;
        let reply = reply.inspect_err(|error| forget_if_refused(log, ticket, error))?;
        Ok(reply.map(|body| {
            let opened = Opened {
                client,
                session_id,
                message: request.message,
                sent_at,
                ticket,
                body,
                call: exchange.record(),
                options: exchange.callers_options(),
            };
            exchange.look_at_reply(|head, _| ChatStream::new(opened, head))
        }))
    })
}
