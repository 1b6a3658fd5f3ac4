//! Reads requests by the contract: typed values, or every problem that was found, in the
//! shape of FastAPI's 422. Whether a session or a plan exists is checked elsewhere.

mod body;
mod problem;
mod query;
mod requests;

pub(crate) use body::parse_json;
pub(crate) use problem::Problems;
pub(crate) use query::{Query, path_uuid};
pub(crate) use requests::{
    CreateSession, ExportFormat, ExportQuery, IdList, ImageList, ListSessions, PlanAction,
    PlanVerb, Rename, SearchImages, SendMessage, SetMode, ShowSession, boolean_parameter,
    integer_parameter,
};
