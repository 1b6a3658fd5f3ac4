//! The names of events.

use std::fmt;

/// The kind of a [`ChatToken`](crate::ChatToken): the name of its event, which `Display`
/// writes as the service sends it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChatTokenType {
    /// `connection`
    Connection,
    /// `thinking`
    Thinking,
    /// `thinking_step`
    ThinkingStep,
    /// `status`
    Status,
    /// `tool_invocation`
    ToolInvocation,
    /// `tool_result`
    ToolResult,
    /// `image_results`
    ImageResults,
    /// `document_results`
    DocumentResults,
    /// `token`
    Token,
    /// `plan_pending_approval`
    PlanPendingApproval,
    /// `complete`
    Complete,
    /// `reconnecting`
    Reconnecting,
    /// `ping`
    Ping,
    /// `close`
    Close,
    /// An event that this version of `chats` does not know, by its name.
    Unknown(String),
}

impl ChatTokenType {
    /// The name as the service sends it.
    ///
    /// ```
    /// use chats::ChatTokenType;
    ///
    /// assert_eq!(ChatTokenType::ToolResult.as_str(), "tool_result");
    /// assert_eq!(ChatTokenType::Unknown("forecast".to_owned()).as_str(), "forecast");
    /// ```
    pub fn as_str(&self) -> &str {
        match self {
            Self::Connection => "connection",
            Self::Thinking => "thinking",
            Self::ThinkingStep => "thinking_step",
            Self::Status => "status",
            Self::ToolInvocation => "tool_invocation",
            Self::ToolResult => "tool_result",
            Self::ImageResults => "image_results",
            Self::DocumentResults => "document_results",
            Self::Token => "token",
            Self::PlanPendingApproval => "plan_pending_approval",
            Self::Complete => "complete",
            Self::Reconnecting => "reconnecting",
            Self::Ping => "ping",
            Self::Close => "close",
            Self::Unknown(name) => name,
        }
    }
}

impl fmt::Display for ChatTokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
