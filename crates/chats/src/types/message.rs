//! Messages and answers.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ImageReference, MessageId, SessionId};
use crate::references::{self, MetadataRef, Reference, ResultRef};

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[cfg_attr(feature = "schemars", schemars(with = "String"))]
#[non_exhaustive]
pub enum Role {
    /// The user.
    User,
    /// The agent.
    Assistant,
    /// The service.
    System,
    /// Another role, which this version of `chats` does not know.
    Unknown(String),
}

impl Role {
    /// The role's name in replies.
    ///
    /// ```
    /// use chats::Role;
    ///
    /// assert_eq!(Role::Assistant.as_str(), "assistant");
    /// let newer = Role::from("critic"); // this version knows no such role
    /// assert_eq!(newer.as_str(), "critic");
    /// ```
    pub fn as_str(&self) -> &str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
            Self::System => "system",
            Self::Unknown(role) => role,
        }
    }
}

impl From<String> for Role {
    fn from(role: String) -> Self {
        match role.as_str() {
            "user" => Self::User,
            "assistant" => Self::Assistant,
            "system" => Self::System,
            _ => Self::Unknown(role),
        }
    }
}

impl From<&str> for Role {
    fn from(role: &str) -> Self {
        role.to_owned().into()
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        match role {
            Role::Unknown(role) => role,
            known => known.as_str().to_owned(),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message in a session's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct ChatMessage {
    /// The message's id.
    pub id: MessageId,
    /// Who wrote it.
    pub role: Role,
    /// The text, with reference markup (see [`references`](crate::references));
    /// [`resolved_content`](Self::resolved_content) is the text for people.
    pub content: String,
    /// How many tokens the message took.
    #[serde(default)]
    pub token_count: Option<i64>,
    /// How long the service took to write it, in milliseconds.
    #[serde(default)]
    pub processing_time_ms: Option<i64>,
    /// When it was stored.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub created_at: Option<Timestamp>,
    /// The images that the message is about, read from `image_context` or, if that has
    /// none, from `metadata`.
    #[serde(default)]
    pub images: Vec<ImageReference>,
    /// `image_context` as received, since it has several forms.
    #[serde(default)]
    pub image_context: Option<Value>,
    /// The metadata of the message, such as `result_refs` and `tool_document_data`. If
    /// the service sends `result_refs` outside the metadata, the client adds them to it.
    #[serde(default)]
    pub metadata: Option<Value>,
}

impl ChatMessage {
    /// Whether it has a count that only a finished answer has: the text of one without it may
    /// still be growing.
    pub(crate) fn is_finished(&self) -> bool {
        let counts = [self.token_count, self.processing_time_ms];
        counts.iter().flatten().any(|count| *count > 0)
    }

    /// The message as plain text: the service's own rendering if the metadata has one, else
    /// the content with its references resolved.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// chats.send(id, "Find damaged poles").await?;
    /// let messages = chats.get_messages(id).await?;
    /// let answer = &messages[1];
    /// assert!(!answer.resolved_content().contains("[["));
    /// # Ok(()) });
    /// ```
    pub fn resolved_content(&self) -> String {
        match references::rendering(self.metadata.as_ref()) {
            Some(rendering) => rendering.to_owned(),
            None => references::resolve_content(&self.content, self.lookup()),
        }
    }

    /// The references in the message, in the order in which they stand in the text.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// chats.send(id, "Find damaged poles").await?;
    /// let messages = chats.get_messages(id).await?;
    /// let answer = &messages[1];
    /// assert!(!answer.references().is_empty());
    /// # Ok(()) });
    /// ```
    pub fn references(&self) -> Vec<Reference> {
        references::parse_references(&self.content, self.lookup())
    }

    /// The set of results that each `[[ref:KEY]]` stands for, by key.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// chats.send(id, "Find damaged poles").await?;
    /// let messages = chats.get_messages(id).await?;
    /// let answer = &messages[1];
    /// for (key, set) in answer.result_refs() {
    ///     println!("{key}: {}", set.count);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn result_refs(&self) -> BTreeMap<String, ResultRef> {
        references::result_refs(self.lookup())
    }

    fn lookup(&self) -> MetadataRef<'_> {
        MetadataRef::from(&self.metadata).with_images(&self.images)
    }
}

/// The agent's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct ChatResponse {
    /// The id of the stored answer; empty if a stream did not name it.
    pub message_id: MessageId,
    /// The session's id.
    pub session_id: SessionId,
    /// The text, with reference markup (see [`references`](crate::references));
    /// [`resolved_content`](Self::resolved_content) is the text for people.
    pub content: String,
    /// How many tokens the answer took.
    #[serde(default)]
    pub token_count: Option<i64>,
    /// How long the service took to answer, in milliseconds.
    #[serde(default)]
    pub processing_time_ms: Option<i64>,
    /// The provider of the model.
    #[serde(default)]
    pub provider: Option<String>,
    /// The name of the model.
    #[serde(default)]
    pub model: Option<String>,
    /// The images that the answer is about.
    #[serde(default)]
    pub images: Vec<ImageReference>,
    /// The metadata of the answer, such as `result_refs` and `tool_document_data`. If the
    /// service sends `result_refs` outside the metadata, the client adds them to it.
    #[serde(default)]
    pub metadata: Option<Value>,
    /// How many tokens are left of the session's quota.
    #[serde(default)]
    pub remaining_tokens: Option<i64>,
    /// How many messages are left of the session's quota.
    #[serde(default)]
    pub remaining_messages: Option<i64>,
    /// The service's own plain text, which streams may carry.
    #[serde(
        default,
        rename = "resolved_content",
        skip_serializing_if = "Option::is_none"
    )]
    pub(crate) resolved: Option<String>,
}

impl ChatResponse {
    /// The answer as plain text: the service's own rendering if it sent one, else the content
    /// with its references resolved.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let answer = chats.send(id, "Find damaged poles").await?;
    /// assert!(!answer.resolved_content().contains("[["));
    /// # Ok(()) });
    /// ```
    pub fn resolved_content(&self) -> String {
        let beside = self.resolved.as_deref();
        match beside.or_else(|| references::rendering(self.metadata.as_ref())) {
            Some(rendering) => rendering.to_owned(),
            None => references::resolve_content(&self.content, self.lookup()),
        }
    }

    /// The references in the answer, in the order in which they stand in the text.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let answer = chats.send(id, "Find damaged poles").await?;
    /// assert!(!answer.references().is_empty());
    /// # Ok(()) });
    /// ```
    pub fn references(&self) -> Vec<Reference> {
        references::parse_references(&self.content, self.lookup())
    }

    /// The set of results that each `[[ref:KEY]]` stands for, by key.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let answer = chats.send(id, "Find damaged poles").await?;
    /// for (key, set) in answer.result_refs() {
    ///     println!("{key}: {}", set.count);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn result_refs(&self) -> BTreeMap<String, ResultRef> {
        references::result_refs(self.lookup())
    }

    fn lookup(&self) -> MetadataRef<'_> {
        MetadataRef::from(&self.metadata).with_images(&self.images)
    }
}
