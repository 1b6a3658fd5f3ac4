//! Takes one message to a stored answer. The work runs in a task of its own, so that the
//! answer is stored even if the client goes away.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use rusqlite::Connection;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::access::{open_session, still_open};
use super::outcome::{self, Answered, Outcome};
use crate::answer::{
    Answer, Findings, PastMessage, Plan, Progress, Question, Reply, Scope, StreamEvent,
};
use crate::http::ApiError;
use crate::keys::Person;
use crate::limits::{MOST_IMAGES, Quota};
use crate::state::App;
use crate::store::{self, Kind, Session};
use crate::validation::SendMessage;

/// How many past messages the answerer gets.
const REMEMBERED: i64 = 20;

/// An answer that is being made.
pub(crate) struct Turn {
    /// The events up to the end; the channel closes after the last. It has no
    /// bound because a client that reads slowly must not hold up the answer; it
    /// never holds more than one answer.
    pub events: UnboundedReceiver<StreamEvent>,
    pub outcome: JoinHandle<Result<Outcome, ApiError>>,
}

/// Takes a message, if the session may take one, and starts to answer it.
pub(crate) async fn begin(
    app: &Arc<App>,
    person: Person,
    session_id: Uuid,
    request: SendMessage,
    reasoning: bool,
) -> Result<Turn, ApiError> {
    let expected = request.expected_image_ids.as_ref().map_or(0, Vec::len);
    app.store
        .read(move |connection| {
            open_session(connection, session_id, person)?;
            // Told only to the owner of the session, as for every selection.
            if expected > MOST_IMAGES {
                return Err(ApiError::too_many_images());
            }
            Ok(())
        })
        .await?;
    let turn = app.turns.take(session_id).await;
    let question = prepare(app, person, session_id, &request).await?;

    let message_id = Uuid::new_v4();
    let (sender, events) = unbounded_channel();
    let progress = Progress::new(sender.clone(), reasoning);
    progress.send(StreamEvent::Other(
        "connection",
        json!({"message_id": message_id, "status": "connected"}),
    ));
    let task_app = Arc::clone(app);
    let outcome = app.tasks.spawn(async move {
        let _turn = turn;
        let send = |name, data| {
            let _ = sender.send(StreamEvent::Other(name, data));
        };
        let work = answer(&task_app, session_id, message_id, question, progress);
        // If the answerer panics, the answer fails, but its stream still ends.
        let done = AssertUnwindSafe(work)
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(ApiError::answer_failed()));
        let outcome = match done {
            Ok((outcome, last)) => {
                let _ = sender.send(last);
                Ok(outcome)
            }
            Err(error) => {
                send(
                    "error",
                    json!({"message": error.message(), "code": error.code()}),
                );
                Err(error)
            }
        };
        send("close", json!({"message_id": message_id}));
        outcome
    });
    Ok(Turn { events, outcome })
}

/// Reads what the answer depends on, after replacing the selection if the client expects
/// another one.
async fn prepare(
    app: &App,
    person: Person,
    id: Uuid,
    request: &SendMessage,
) -> Result<Question, ApiError> {
    let quota = app.quota;
    let now = app.now();
    if let Some(expected) = expected_images(request) {
        app.store
            .write::<_, ApiError>(move |transaction| {
                admit(transaction, id, person, quota)?;
                if store::selection(transaction, id, Kind::Image)? != expected {
                    store::replace_selection(transaction, id, Kind::Image, &expected, now)?;
                }
                Ok(())
            })
            .await?;
    }
    let (text, detailed) = (request.message.clone(), request.force_detailed_analysis);
    app.store
        .read(move |connection| {
            let session = admit(connection, id, person, quota)?;
            let history = store::history(connection, id, Some(REMEMBERED))?;
            Ok(Question {
                text,
                history: history.into_iter().map(Into::into).collect(),
                previous: store::last_metadata(connection, id)?
                    .and_then(|metadata| Findings::from_metadata(&metadata)),
                scope: scope(connection, &session)?,
                detailed,
                now,
            })
        })
        .await
}

/// The session, if it may take another message.
fn admit(
    connection: &Connection,
    id: Uuid,
    person: Person,
    quota: Quota,
) -> Result<Session, ApiError> {
    let session = open_session(connection, id, person)?;
    match quota.exceeded(&session) {
        None => Ok(session),
        Some(reason) => Err(ApiError::usage_limit_exceeded(reason)),
    }
}

/// The images that the client takes for selected, without ids that are no UUIDs and so no
/// images of this server. `None`, which leaves the selection as it is, if there is no
/// expectation, or one of such ids only.
fn expected_images(request: &SendMessage) -> Option<Vec<Uuid>> {
    let expected = request.expected_image_ids.as_ref()?;
    let images: Vec<Uuid> = expected.iter().filter_map(|id| id.parse().ok()).collect();
    (images.is_empty() == expected.is_empty()).then_some(images)
}

impl From<store::Message> for PastMessage {
    fn from(message: store::Message) -> Self {
        Self {
            role: message.role,
            content: message.content,
        }
    }
}

/// The mode decides about images; documents are restricted as soon as some are chosen.
fn scope(connection: &Connection, session: &Session) -> rusqlite::Result<Scope> {
    let images = if session.use_all_images {
        None
    } else {
        Some(store::selection(connection, session.id, Kind::Image)?)
    };
    let documents = store::selection(connection, session.id, Kind::Document)?;
    Ok(Scope {
        images,
        documents: (!documents.is_empty()).then_some(documents),
    })
}

async fn answer(
    app: &App,
    session: Uuid,
    message_id: Uuid,
    question: Question,
    mut progress: Progress,
) -> Result<(Outcome, StreamEvent), ApiError> {
    let reply = app
        .answerer
        .answer(&question, &app.library, &mut progress)
        .await
        .map_err(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "an answer failed");
            ApiError::answer_failed()
        })?;
    match reply {
        Reply::Answer(answer) => {
            let text = progress.into_text();
            let answered = store_answer(app, session, message_id, question, text, &answer).await?;
            let complete = StreamEvent::Other("complete", answered.to_complete(&answer));
            Ok((Outcome::Answered(Box::new(answered)), complete))
        }
        Reply::Plan(plan) => {
            let wire = store_plan(app, session, message_id, question, plan).await?;
            let pending = StreamEvent::Other("plan_pending_approval", wire.clone());
            Ok((Outcome::PlanPending(wire), pending))
        }
    }
}

/// Question and answer become part of the history in one transaction, so that neither is
/// ever seen without the other, even if the process dies. A session that was closed
/// meanwhile stays as its closing has reported it.
async fn store_answer(
    app: &App,
    session: Uuid,
    message_id: Uuid,
    question: Question,
    text: String,
    answer: &Answer,
) -> Result<Answered, ApiError> {
    let now = app.now();
    let images = crate::wire::message_images(&answer.images);
    let metadata = outcome::answer_metadata(answer);
    let asked = outcome::user_message(&question.text, question.now);
    let answered = outcome::assistant_message(
        message_id,
        text,
        question.now,
        now,
        &images,
        metadata.clone(),
    );
    let quota = app.quota;
    let (provider, model) = (answer.provider.clone(), answer.model.clone());
    app.store
        .write(move |transaction| {
            still_open(transaction, session)?;
            store::append(transaction, session, &asked)?;
            store::append(transaction, session, &answered)?;
            let session =
                store::session(transaction, session)?.ok_or_else(ApiError::session_not_found)?;
            Ok(Answered {
                message_id,
                token_count: answered.token_count,
                processing_time_ms: answered.processing_time_ms.unwrap_or_default(),
                content: answered.content,
                remaining_tokens: quota.remaining_tokens(&session),
                remaining_messages: quota.remaining_messages(&session),
                provider,
                model,
                images,
                metadata,
            })
        })
        .await
}

async fn store_plan(
    app: &App,
    session: Uuid,
    message_id: Uuid,
    question: Question,
    plan: Plan,
) -> Result<serde_json::Value, ApiError> {
    let now = app.now();
    let plan_id = format!("plan_{}", Uuid::new_v4().simple());
    let mut wire = plan.to_wire(&plan_id);
    wire["message_id"] = json!(message_id);
    wire["created_at"] = json!(now);
    let asked = outcome::user_message(&question.text, question.now);
    let text = outcome::proposal_text(&plan);
    let metadata = json!({"plan": wire});
    let proposal = outcome::assistant_message(message_id, text, question.now, now, &[], metadata);
    app.store
        .write::<_, ApiError>(move |transaction| {
            still_open(transaction, session)?;
            store::append(transaction, session, &asked)?;
            store::append(transaction, session, &proposal)?;
            Ok(store::insert_plan(
                transaction,
                &plan_id,
                session,
                &plan,
                now,
            )?)
        })
        .await?;
    Ok(wire)
}
