//! Waiting for an answer that comes later, such as that of a plan which runs in the
//! background. The service documents no notification, so the session's history is read at
//! the polling interval.

use std::time::Duration;

use crate::call::Call;
use crate::call::operation::{CallContext, Run, Running};
use crate::error::{Error, ErrorKind, Result, seconds};
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
    /// The most time for one look at the history, if not the client's `timeout`.
    look_timeout: Option<Duration>,
}

impl WaitForAnswer {
    pub(crate) fn new(session_id: SessionId) -> Self {
        Self {
            session_id,
            after: None,
            look_timeout: None,
        }
    }

    /// Sets how long one look at the history may take. The call's own timeout bounds the
    /// whole wait.
    pub(crate) fn look_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.look_timeout = timeout;
        self
    }
}

/// Where in the history the answer is looked for.
enum Start {
    /// After the newest message of the first look.
    Newest,
    /// At the beginning: the session was empty at the first look.
    Beginning,
    After(MessageId),
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

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "wait_for_answer",
        doing: "wait for an answer",
        ..*GetSession::SPEC
    };

    fn run(self, context: CallContext) -> Running<ChatMessage> {
        Box::pin(self.wait(context))
    }
}

impl WaitForAnswer {
    /// Looks at the history until an answer is whole, or the time is over.
    async fn wait(self, context: CallContext) -> Result<Reply<ChatMessage>> {
        let CallContext {
            client,
            mut options,
        } = context;
        if self.after.as_ref().is_some_and(|id| id.as_str().is_empty()) {
            return Err(failed(nameless(), self.session_id, 0));
        }
        let (settings, clock) = (&client.shared.settings, &client.shared.clock);
        let limit = options.timeout.unwrap_or(settings.polling_timeout);
        let most_for_a_look = self.look_timeout.unwrap_or(settings.timeout);
        // The last look comes when time is up, but ends within the call's own timeout.
        let reserved = match options.timeout {
            Some(limit) => LAST_LOOK.min(limit / 8),
            None => Duration::ZERO,
        };
        let began = clock.now();
        let time_left = || limit.saturating_sub(clock.now().saturating_duration_since(began));
        let mut start = self.after.map_or(Start::Newest, Start::After);
        let mut looks = 0;
        // The answer of the last look, which may not be whole.
        let mut unfinished: Option<String> = None;
        // Whether a whole interval has passed since that look.
        let mut rested = false;
        loop {
            looks += 1;
            let fail = |error| Err(failed(error, self.session_id, looks));
            let look_timeout = match options.timeout {
                Some(_) => time_left(),
                None => time_left().max(LAST_LOOK),
            };
            let later = options.for_another_call();
            let mut this = std::mem::replace(&mut options, later);
            this.timeout = Some(look_timeout.min(most_for_a_look));
            let context = CallContext {
                client: client.clone(),
                options: this,
            };
            let looked = GetSession::history(self.session_id).run(context).await;
            let (retry_after, failure) = match looked.and_then(|reply| find(reply, &mut start)) {
                Ok(Some(answer))
                    if answer.value.is_finished()
                        || rested && unfinished.as_ref() == Some(&answer.value.content) =>
                {
                    return Ok(answer);
                }
                Ok(Some(answer)) => {
                    let failure = none_in_time(limit, Some(&answer.value.content));
                    unfinished = Some(answer.value.content);
                    (Duration::ZERO, failure)
                }
                Ok(None) => (Duration::ZERO, none_in_time(limit, None)),
                Err(error) if error.kind() == ErrorKind::Timeout && time_left().is_zero() => {
                    return fail(none_in_time(limit, unfinished.as_ref()));
                }
                // The failure may pass while the answer is being made.
                Err(error) if error.is_retryable() => {
                    (error.retry_after().unwrap_or_default(), error)
                }
                Err(error) => return fail(error),
            };
            let time_left = time_left().saturating_sub(reserved);
            if time_left.is_zero() || retry_after > time_left {
                return fail(failure);
            }
            let pause = settings.polling_interval.max(retry_after);
            rested = pause <= time_left;
            clock.sleep(pause.min(time_left)).await;
        }
    }
}

/// Looks for the answer; after the first look, `start` no longer moves.
fn find(reply: Reply<ChatSessionDetail>, start: &mut Start) -> Result<Option<Reply<ChatMessage>>> {
    let Reply { value, exchange } = reply;
    let mut messages = value.messages;
    let new = match start {
        Start::Newest => messages.len(),
        Start::Beginning => 0,
        Start::After(known) => match messages.iter().position(|m| m.id == *known) {
            Some(place) => place + 1,
            None => return Err(unknown_message(known)),
        },
    };
    let answer = messages[new..].iter().position(is_answer);
    if let Some(place) = answer {
        let value = messages.swap_remove(new + place);
        return Ok(Some(Reply { value, exchange }));
    }
    if let Start::Newest = start {
        let last = messages.pop();
        *start = last.map_or(Start::Beginning, |last| Start::After(last.id));
    }
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

fn none_in_time(limit: Duration, unfinished: Option<&String>) -> Error {
    let limit = seconds(limit);
    match unfinished {
        None => Error::new(ErrorKind::Timeout, format!("no answer came within {limit}"))
            .with_hint("it may still come: wait longer with timeout or polling_timeout"),
        Some(text) => Error::new(
            ErrorKind::Timeout,
            format!("an answer came within {limit}, but it may not be whole yet"),
        )
        .with_partial(text.clone())
        .with_hint("partial() has it so far: wait longer with timeout or polling_timeout"),
    }
}

fn nameless() -> Error {
    Error::invalid("the id of the message to wait after is empty").with_hint(
        "a stream may end without naming its answer: take the id of the last message of get_messages",
    )
}

fn unknown_message(id: &MessageId) -> Error {
    let message = format!("the session's history has no message `{id}`");
    Error::new(ErrorKind::NotFound, message)
        .with_hint("pass the id of a message that get_messages returned for this session")
}
