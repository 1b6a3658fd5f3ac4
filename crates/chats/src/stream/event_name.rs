//! The event names that this crate knows, and the check of their data for fields that the
//! contract does not have.

use std::time::Instant;

use super::accumulated::EventData;
use crate::live_drift::unknown_fields;

/// An event name that this crate knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Connection,
    Thinking,
    ThinkingStep,
    Status,
    ToolInvocation,
    ToolResult,
    ImageResults,
    DocumentResults,
    Token,
    PlanPendingApproval,
    Complete,
    Reconnecting,
    Ping,
    Close,
    Error,
    AuthError,
}

impl Name {
    pub(super) fn known(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"token" => Self::Token,
            b"ping" => Self::Ping,
            b"connection" => Self::Connection,
            b"thinking" => Self::Thinking,
            b"thinking_step" => Self::ThinkingStep,
            b"status" => Self::Status,
            b"tool_invocation" => Self::ToolInvocation,
            b"tool_result" => Self::ToolResult,
            b"image_results" => Self::ImageResults,
            b"document_results" => Self::DocumentResults,
            b"plan_pending_approval" => Self::PlanPendingApproval,
            b"complete" => Self::Complete,
            b"reconnecting" => Self::Reconnecting,
            b"close" => Self::Close,
            b"error" => Self::Error,
            b"auth_error" => Self::AuthError,
            _ => return None,
        })
    }

    /// A bit of its own in a `u32`.
    pub(super) fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// Warns of fields that the contract does not have.
pub(super) fn look_for_new_fields(name: Name, data: &EventData, now: Option<Instant>) {
    use chats_raw::types as raw;
    let data = &data.whole()[..];
    match name {
        Name::Token => unknown_fields::<raw::TokenEvent>("token", data, now),
        Name::Connection => unknown_fields::<raw::ConnectionEvent>("connection", data, now),
        Name::Thinking => unknown_fields::<raw::ThinkingEvent>("thinking", data, now),
        Name::ThinkingStep => unknown_fields::<raw::ThinkingStepEvent>("thinking_step", data, now),
        Name::Status => unknown_fields::<raw::StatusEvent>("status", data, now),
        Name::ToolInvocation => {
            unknown_fields::<raw::ToolInvocationEvent>("tool_invocation", data, now);
        }
        Name::ToolResult => unknown_fields::<raw::ToolResultEvent>("tool_result", data, now),
        Name::ImageResults => unknown_fields::<raw::ImageResultsEvent>("image_results", data, now),
        Name::DocumentResults => {
            unknown_fields::<raw::DocumentResultsEvent>("document_results", data, now);
        }
        Name::Close => unknown_fields::<raw::CloseEvent>("close", data, now),
        // These may carry more than the contract lists.
        Name::PlanPendingApproval
        | Name::Complete
        | Name::Reconnecting
        | Name::Ping
        | Name::Error
        | Name::AuthError => {}
    }
}
