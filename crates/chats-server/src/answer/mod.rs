//! What answers a message: the [`Answerer`] trait, what it is given and what it
//! gives back. How an answer is stored and streamed is not here.

mod librarian;
mod plan;
mod progress;
mod prose;

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use librarian::AGENT;
pub use librarian::Librarian;
pub use plan::{Plan, PlanStep};
pub use progress::Progress;
pub(crate) use progress::StreamEvent;
pub use prose::Prose;

use crate::library::{Hit, Library, LibraryError};

/// A question on its way to an answer.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Reply, AnswerError>> + Send + 'a>>;

/// Something that answers messages: the default is [`Librarian`], and a model
/// can be put in its place with
/// [`ServerBuilder::answerer`](crate::ServerBuilder::answerer).
pub trait Answerer: Send + Sync + 'static {
    /// Answers `question` from `library`, and reports every step and every piece of text to
    /// `progress` as it is made.
    fn answer<'a>(
        &'a self,
        question: &'a Question,
        library: &'a Library,
        progress: &'a mut Progress,
    ) -> Answering<'a>;
}

/// A message, and what there is to know for its answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Question {
    /// The message.
    pub text: String,
    /// What was said before, oldest first.
    pub history: Vec<PastMessage>,
    /// What the last answer that found something has found.
    pub previous: Option<Findings>,
    /// What the session is about.
    pub scope: Scope,
    /// Whether a detailed analysis is asked for.
    pub detailed: bool,
    /// When the question was asked.
    pub now: Timestamp,
}

/// A message of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PastMessage {
    /// Who said it.
    pub role: Role,
    /// The text.
    pub content: String,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The person.
    User,
    /// The answerer.
    Assistant,
    /// The service itself.
    System,
}

impl Role {
    /// The role as the contract writes it, such as `user`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
        }
    }

    /// The database holds no other role than these.
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "user" => Self::User,
            "assistant" => Self::Assistant,
            _ => Self::System,
        }
    }
}

/// Which part of the library a session may look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// These images; `None` means all.
    pub images: Option<Vec<Uuid>>,
    /// These documents; `None` means all.
    pub documents: Option<Vec<Uuid>>,
}

/// What an answer has found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Findings {
    /// Images, best first.
    pub images: Vec<Uuid>,
    /// Documents, best first.
    pub documents: Vec<Uuid>,
}

impl Findings {
    /// Reads them from what is kept beside an answer.
    pub(crate) fn from_metadata(metadata: &serde_json::Value) -> Option<Self> {
        let refs: BTreeMap<String, ResultRef> =
            serde_json::from_value(metadata.get("result_refs")?.clone()).ok()?;
        let ids = |kind: &str| {
            refs.values()
                .filter(|found| found.id_type == kind)
                .flat_map(|found| &found.ids)
                .filter_map(|id| id.parse().ok())
                .collect()
        };
        Some(Self {
            images: ids("image"),
            documents: ids("document"),
        })
    }
}

/// What comes of a question.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Reply {
    /// An answer; its text has gone through [`Progress::text`].
    Answer(Box<Answer>),
    /// Something to be done, once it is approved.
    Plan(Plan),
}

/// What belongs to an answer beside its text.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The text with all markup resolved; `None` if it holds no markup.
    pub resolved: Option<String>,
    /// The images it names, best first.
    pub images: Vec<Hit>,
    /// The passages of documents it names.
    pub documents: Vec<Hit>,
    /// What each `[[ref:KEY]]` stands for.
    pub result_refs: BTreeMap<String, ResultRef>,
    /// Who took part.
    pub agents: Vec<String>,
    /// Whether a more detailed answer could be asked for.
    pub offers_detailed_analysis: bool,
    /// Who made it.
    pub provider: Option<String>,
    /// With which model.
    pub model: Option<String>,
}

/// A set of results that an answer counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRef {
    /// How many there are.
    pub count: i64,
    /// Their ids, best first; not all of them, if there are very many.
    pub ids: Vec<String>,
    /// The ids of those that are images.
    pub image_ids: Vec<String>,
    /// What the ids name: `image` or `document`.
    pub id_type: String,
    /// A word for them.
    pub label: String,
}

/// An answer could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The library failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The answerer failed, in its own words.
    #[error("{0}")]
    Failed(String),
}
