//! Carrying plans out once they are approved, at once or in the background.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use rusqlite::{Connection, Transaction};
use serde_json::{Value, json};
use uuid::Uuid;

use super::access::still_open;
use super::outcome::assistant_message;
use super::{open_session, own_session};
use crate::answer::PlanStep;
use crate::export;
use crate::http::ApiError;
use crate::keys::Person;
use crate::library::{Interpretation, ItemKind, Library, Page, Search};
use crate::limits::MOST_IMAGES;
use crate::state::App;
use crate::store::{self, Kind, PlanState, StoredPlan};
use crate::wording::counted_are;

/// How often it is tried to put a plan back that failed in the background, and how long to
/// wait in between.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

/// What an approval leads to.
pub(crate) enum Approval {
    /// The plan was carried out: the results of its steps.
    Done(Value),
    /// The plan runs in the background.
    Accepted,
}

/// Approves a plan. A plan can be carried out once: a second approval is a conflict while
/// it runs, and afterwards a bad request. If it fails, it waits as before.
pub(crate) async fn approve(
    app: &Arc<App>,
    person: Person,
    session: Uuid,
    plan_id: &str,
) -> Result<Approval, ApiError> {
    // In a task, so that an approval is carried out even if its client goes away.
    let app_of_task = Arc::clone(app);
    let plan_id = plan_id.to_owned();
    let work = async move { carry_out_approved(&app_of_task, person, session, plan_id).await };
    let done = app.tasks.spawn(work).await;
    done.unwrap_or_else(|_| Err(ApiError::plan_failed()))
}

async fn carry_out_approved(
    app: &Arc<App>,
    person: Person,
    session: Uuid,
    plan_id: String,
) -> Result<Approval, ApiError> {
    let id = plan_id.clone();
    let plan = app
        .store
        .read(move |connection| waiting(connection, person, session, &id))
        .await?;
    if plan.plan.in_background() {
        let plan = claim(app, person, session, plan_id, PlanState::Running).await?;
        let app_of_task = Arc::clone(app);
        app.tasks
            .spawn(async move { finish(&app_of_task, plan).await });
        return Ok(Approval::Accepted);
    }
    // It is never marked as running: whoever is told that it failed can rely on it that
    // nothing of it is done later, however the process ends.
    let results = carry_out(app, &plan, PlanState::Pending).await?;
    Ok(Approval::Done(results))
}

/// Cancels a plan that still waits.
pub(crate) async fn cancel(
    app: &App,
    person: Person,
    session: Uuid,
    plan_id: &str,
) -> Result<(), ApiError> {
    claim(
        app,
        person,
        session,
        plan_id.to_owned(),
        PlanState::Cancelled,
    )
    .await
    .map(drop)
}

/// Resumes the plans that were interrupted when the server last ended.
pub(crate) async fn recover_interrupted(app: &Arc<App>) -> Result<(), ApiError> {
    let interrupted = app
        .store
        .read(|connection| Ok::<_, ApiError>(store::running_plans(connection)?))
        .await?;
    for plan in interrupted {
        let app_of_task = Arc::clone(app);
        app.tasks
            .spawn(async move { finish(&app_of_task, plan).await });
    }
    Ok(())
}

/// Carries out a plan that is marked as running; if that fails, it waits again.
async fn finish(app: &App, plan: StoredPlan) {
    let work = carry_out(app, &plan, PlanState::Running);
    let done = AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(ApiError::plan_failed()));
    let Err(error) = done else {
        return;
    };
    tracing::error!(
        plan = plan.id,
        code = error.code(),
        "a plan failed in the background"
    );
    for _ in 0..TRIES {
        if put_back(app, &plan.id).await.is_ok() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
    // Nobody was told that it failed, so the next start may take it up.
    tracing::error!(plan = plan.id, "a plan that failed is left as running");
}

/// Lets a plan that failed wait again, so that it can be approved or cancelled.
async fn put_back(app: &App, plan_id: &str) -> Result<(), ApiError> {
    let plan_id = plan_id.to_owned();
    app.store
        .write(move |transaction| {
            // A plan in another state has not failed: another process has carried it out.
            store::set_plan_state(
                transaction,
                &plan_id,
                PlanState::Running,
                PlanState::Pending,
            )?;
            Ok(())
        })
        .await
}

async fn claim(
    app: &App,
    person: Person,
    session: Uuid,
    plan_id: String,
    to: PlanState,
) -> Result<StoredPlan, ApiError> {
    app.store
        .write(move |transaction| {
            let plan = waiting(transaction, person, session, &plan_id)?;
            store::set_plan_state(transaction, &plan_id, PlanState::Pending, to)?;
            Ok(plan)
        })
        .await
}

/// A plan that may be approved or cancelled.
fn waiting(
    connection: &Connection,
    person: Person,
    session: Uuid,
    plan_id: &str,
) -> Result<StoredPlan, ApiError> {
    own_session(connection, session, person)?;
    let plan = store::plan(connection, session, plan_id)?.ok_or_else(ApiError::plan_not_found)?;
    if plan.state != PlanState::Pending {
        return Err(decided(plan.state));
    }
    open_session(connection, session, person)?;
    Ok(plan)
}

/// Why a plan in this state cannot be approved or cancelled.
fn decided(state: PlanState) -> ApiError {
    match state {
        PlanState::Pending | PlanState::Running => ApiError::plan_in_progress(),
        PlanState::Done => ApiError::plan_already_executed(),
        PlanState::Cancelled => ApiError::plan_cancelled(),
    }
}

/// Why a plan cannot be carried out that another request has decided while this one was at
/// work: if it has carried it out, both were at work on it.
fn decided_meanwhile(
    connection: &Connection,
    session: Uuid,
    id: &str,
) -> Result<ApiError, ApiError> {
    let state = store::plan(connection, session, id)?.map(|plan| plan.state);
    Ok(match state {
        Some(PlanState::Cancelled) => ApiError::plan_cancelled(),
        _ => ApiError::plan_in_progress(),
    })
}

/// A step that is ready to be stored: the library was asked for what it needs.
enum Ready {
    Select {
        query: Option<String>,
        images: Vec<Uuid>,
    },
    /// Nothing was found: the selection stays as it is.
    SelectNothing {
        query: String,
    },
    Describe {
        text: String,
        count: usize,
    },
    Rename {
        title: String,
    },
    Export,
}

/// Carries out all steps in one transaction, with the message that reports them, and moves
/// the plan from this state to its last.
async fn carry_out(app: &App, plan: &StoredPlan, from: PlanState) -> Result<Value, ApiError> {
    let began = app.now();
    let mut steps = Vec::new();
    for step in &plan.plan.steps {
        steps.push(prepare(&app.library, step, began).await.map_err(|error| {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a plan could not be prepared"
            );
            ApiError::plan_failed()
        })?);
    }
    let now = app.now();
    let StoredPlan {
        id,
        session_id,
        plan,
        ..
    } = plan.clone();
    app.store
        .write(move |transaction| {
            if !store::set_plan_state(transaction, &id, from, PlanState::Done)? {
                // It still waited when this request came.
                return Err(decided_meanwhile(transaction, session_id, &id)?);
            }
            // The approval may be a restart ago.
            still_open(transaction, session_id)?;
            let mut results = serde_json::Map::new();
            let mut told = plan.summary.clone() + " Done:\n";
            for (number, step) in (1..).zip(steps) {
                let (name, result, line) = write_step(transaction, session_id, step, now)?;
                told.push_str(&format!("\n{number}. {line}"));
                results.insert(name.to_owned(), result);
            }
            let metadata = json!({"plan_id": id, "plan_status": "done"});
            let message = assistant_message(Uuid::new_v4(), told, began, now, &[], metadata);
            store::append(transaction, session_id, &message)?;
            results.insert("message_id".to_owned(), json!(message.id));
            Ok(Value::Object(results))
        })
        .await
}

async fn prepare(
    library: &Library,
    step: &PlanStep,
    now: jiff::Timestamp,
) -> Result<Ready, crate::library::LibraryError> {
    Ok(match step {
        PlanStep::FindAndSelect { query } => {
            let asked = Interpretation::of(query, now);
            let most = i64::try_from(MOST_IMAGES).unwrap_or(i64::MAX);
            let search = Search::of(&asked).kind(ItemKind::Image).page(most, 0);
            let page = if asked.names_images() {
                library.search_loosely(search).await?.0
            } else {
                Page::default()
            };
            let query = query.clone();
            if page.hits.is_empty() {
                Ready::SelectNothing { query }
            } else {
                Ready::Select {
                    query: Some(query),
                    images: page.hits.into_iter().map(|hit| hit.item.id).collect(),
                }
            }
        }
        PlanStep::Select { image_ids } => Ready::Select {
            query: None,
            images: image_ids.clone(),
        },
        PlanStep::Describe { image_ids } => {
            let items = library.items(image_ids).await?;
            let lines: Vec<String> = items
                .iter()
                .map(|item| format!("- {}: {}", item.name, item.description()))
                .collect();
            Ready::Describe {
                count: items.len(),
                text: lines.join("\n"),
            }
        }
        PlanStep::Rename { title } => Ready::Rename {
            title: title.clone(),
        },
        PlanStep::Export => Ready::Export,
    })
}

/// The selection after a step, as its result.
fn selected(query: Option<&str>, images: &[Uuid]) -> Value {
    json!({
        "query": query,
        "selected_image_ids": images,
        "selected_image_count": images.len(),
    })
}

/// Does one step; returns its name, its result and a line that reports it.
fn write_step(
    transaction: &Transaction<'_>,
    session: Uuid,
    step: Ready,
    now: jiff::Timestamp,
) -> Result<(&'static str, Value, String), ApiError> {
    Ok(match step {
        Ready::Select { query, images } => {
            store::replace_selection(transaction, session, Kind::Image, &images, now)?;
            store::set_mode(transaction, session, false, now)?;
            let line = format!("{} selected.", counted_are(images.len(), "image"));
            ("selection", selected(query.as_deref(), &images), line)
        }
        Ready::SelectNothing { query } => {
            let images = store::selection(transaction, session, Kind::Image)?;
            let line =
                format!("I found no images for “{query}”, and left the selection as it was.");
            ("selection", selected(Some(&query), &images), line)
        }
        Ready::Describe { text, count } => (
            "descriptions",
            json!({"count": count, "text": text}),
            format!("{} described.\n{text}", counted_are(count, "image")),
        ),
        Ready::Rename { title } => {
            store::rename_session(transaction, session, &title, now)?;
            let line = format!("The session is now called “{title}”.");
            ("rename", json!({"title": title}), line)
        }
        Ready::Export => {
            let found =
                store::session(transaction, session)?.ok_or_else(ApiError::session_not_found)?;
            let messages = store::history(transaction, session, None)?;
            let markdown = export::markdown(&found, &messages, false);
            let result = json!({"format": "markdown", "filename": export::filename(&found.title, "md"), "content": markdown});
            (
                "export",
                result,
                "The session is exported as Markdown.".to_owned(),
            )
        }
    })
}
