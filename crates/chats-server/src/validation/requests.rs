//! What each operation asks for, read from its query and body with the bounds
//! of the contract.

use serde_json::Value;
use uuid::Uuid;

use super::body::{self, Body};
use super::problem::{Problem, Problems};
use super::query::{self, Query};
use crate::limits::LONGEST_TITLE;

pub(crate) struct CreateSession {
    pub title: Option<String>,
    pub initial_image_ids: Vec<Uuid>,
    pub use_all_images: bool,
}

impl CreateSession {
    pub(crate) fn read(value: &Value, problems: &mut Problems) -> Option<Self> {
        let mut body = Body::of(value, problems)?;
        let title = body.optional("title", body::text(0, LONGEST_TITLE));
        let images = body.optional("initial_image_ids", body::uuids);
        let use_all_images = body.or("use_all_images", true, body::boolean);
        Some(Self {
            title: title?,
            initial_image_ids: images?.unwrap_or_default(),
            use_all_images: use_all_images?,
        })
    }
}

pub(crate) struct ListSessions {
    pub is_active: Option<bool>,
    pub search: Option<String>,
    pub limit: i64,
    pub offset: i64,
    pub min_messages: Option<i64>,
}

impl ListSessions {
    pub(crate) fn read(query: &Query<'_>, problems: &mut Problems) -> Self {
        Self {
            is_active: query.read("is_active", problems, query::boolean),
            search: query.read("search", problems, query::text(200)),
            limit: integer_parameter(query, "limit", 1, 100, 20, problems),
            offset: integer_parameter(query, "offset", 0, i64::MAX, 0, problems),
            min_messages: query.read("min_messages", problems, query::integer(0, i64::MAX)),
        }
    }
}

pub(crate) struct ShowSession {
    pub include_messages: bool,
    pub message_limit: Option<i64>,
}

impl ShowSession {
    pub(crate) fn read(query: &Query<'_>, problems: &mut Problems) -> Self {
        Self {
            include_messages: boolean_parameter(query, "include_messages", true, problems),
            message_limit: query.read("message_limit", problems, query::integer(1, 1000)),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct SendMessage {
    pub message: String,
    pub force_detailed_analysis: bool,
    pub expected_image_ids: Option<Vec<String>>,
}

impl SendMessage {
    pub(crate) fn read(value: &Value, problems: &mut Problems) -> Option<Self> {
        let mut body = Body::of(value, problems)?;
        let message = body.required("message", body::text(1, 10_000));
        let detailed = body.or("force_detailed_analysis", false, body::boolean);
        let expected = body.optional("expected_image_ids", body::texts);
        Some(Self {
            message: message?,
            force_detailed_analysis: detailed?,
            expected_image_ids: expected?,
        })
    }
}

/// `image_ids`, which must be there.
pub(crate) struct ImageList(pub Vec<Uuid>);

impl ImageList {
    pub(crate) fn read(value: &Value, problems: &mut Problems) -> Option<Self> {
        Body::of(value, problems)?
            .required("image_ids", body::uuids)
            .map(Self)
    }
}

/// `document_ids` or `video_ids`, which may be absent.
pub(crate) struct IdList(pub Vec<Uuid>);

impl IdList {
    pub(crate) fn read(name: &str, value: &Value, problems: &mut Problems) -> Option<Self> {
        Body::of(value, problems)?
            .or(name, Vec::new(), body::uuids)
            .map(Self)
    }
}

pub(crate) struct SetMode {
    pub use_all_images: bool,
}

impl SetMode {
    pub(crate) fn read(value: &Value, problems: &mut Problems) -> Option<Self> {
        let use_all_images =
            Body::of(value, problems)?.required("use_all_images", body::boolean)?;
        Some(Self { use_all_images })
    }
}

pub(crate) struct Rename {
    pub title: String,
}

impl Rename {
    pub(crate) fn read(value: &Value, problems: &mut Problems) -> Option<Self> {
        let title = Body::of(value, problems)?.required("title", body::text(1, LONGEST_TITLE))?;
        Some(Self { title })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanVerb {
    Approve,
    Cancel,
}

pub(crate) struct PlanAction {
    pub verb: PlanVerb,
}

impl PlanAction {
    pub(crate) fn read(value: &Value, problems: &mut Problems) -> Option<Self> {
        let mut body = Body::of(value, problems)?;
        let verb = body.required("action", |value| {
            match body::text(0, usize::MAX)(value)?.as_str() {
                "approve" => Ok(PlanVerb::Approve),
                "cancel" => Ok(PlanVerb::Cancel),
                _ => Err(Problem::new(
                    "string_pattern_mismatch",
                    "String should match pattern '^(approve|cancel)$'",
                )),
            }
        });
        // Deprecated and without effect, but its type still counts.
        let data = body.optional("plan_data", body::object);
        data?;
        Some(Self { verb: verb? })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExportFormat {
    Json,
    Markdown,
    Text,
}

pub(crate) struct ExportQuery {
    pub format: ExportFormat,
    pub include_metadata: bool,
}

impl ExportQuery {
    pub(crate) fn read(query: &Query<'_>, problems: &mut Problems) -> Self {
        let format = query.read("format", problems, |text| match text {
            "json" => Ok(ExportFormat::Json),
            "markdown" => Ok(ExportFormat::Markdown),
            "text" => Ok(ExportFormat::Text),
            _ => Err(Problem::new(
                "literal_error",
                "Input should be 'json', 'markdown' or 'text'",
            )),
        });
        Self {
            format: format.unwrap_or(ExportFormat::Markdown),
            include_metadata: boolean_parameter(query, "include_metadata", false, problems),
        }
    }
}

pub(crate) struct SearchImages {
    pub query: String,
    pub limit: i64,
    pub offset: i64,
}

impl SearchImages {
    pub(crate) fn read(value: &Value, problems: &mut Problems) -> Option<Self> {
        let mut body = Body::of(value, problems)?;
        let query = body.required("query", body::text(1, 500));
        let limit = body.or("limit", 50, body::integer(1, 100));
        let offset = body.or("offset", 0, body::integer(0, i64::MAX));
        Some(Self {
            query: query?,
            limit: limit?,
            offset: offset?,
        })
    }
}

/// A boolean parameter of a query, with its default.
pub(crate) fn boolean_parameter(
    query: &Query<'_>,
    name: &str,
    default: bool,
    problems: &mut Problems,
) -> bool {
    query
        .read(name, problems, query::boolean)
        .unwrap_or(default)
}

/// A whole number in a query, with its bounds and default.
pub(crate) fn integer_parameter(
    query: &Query<'_>,
    name: &str,
    min: i64,
    max: i64,
    default: i64,
    problems: &mut Problems,
) -> i64 {
    query
        .read(name, problems, query::integer(min, max))
        .unwrap_or(default)
}
