//! Typed ids, so that an image's id cannot be passed as a session's.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;

macro_rules! uuid_id {
    ($name:ident, $what:literal, $noun:literal, $example:literal) => {
        #[doc = concat!("The id of ", $what, ": a UUID.")]
        ///
        /// Parsing any other text fails with
        /// [`ErrorKind::Validation`](crate::ErrorKind::Validation).
        ///
        /// ```
        #[doc = concat!("let id: chats::", stringify!($name), " = \"", $example, "\".parse()?;")]
        #[doc = concat!("assert_eq!(id.to_string(), \"", $example, "\");")]
        /// # Ok::<(), chats::Error>(())
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
        pub struct $name(#[cfg_attr(feature = "schemars", schemars(with = "UuidText"))] Uuid);

        impl $name {
            #[doc = concat!("The id of ", $what, " with this UUID.")]
            ///
            /// ```
            #[doc = concat!("use chats::", stringify!($name), ";")]
            /// use uuid::Uuid;
            ///
            #[doc = concat!("const FIRST: ", stringify!($name), " = ", stringify!($name), "::new(Uuid::from_u128(1));")]
            /// assert_eq!(FIRST.to_string(), "00000000-0000-0000-0000-000000000001");
            /// ```
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// The UUID itself.
            ///
            /// ```
            #[doc = concat!("use chats::", stringify!($name), ";")]
            /// use uuid::Uuid;
            ///
            #[doc = concat!("let id: ", stringify!($name), " = \"", $example, "\".parse()?;")]
            /// let stored: [u8; 16] = *id.as_uuid().as_bytes(); // as a database keeps it
            #[doc = concat!("assert_eq!(", stringify!($name), "::new(Uuid::from_bytes(stored)), id);")]
            /// # Ok::<(), chats::Error>(())
            /// ```
            pub const fn as_uuid(&self) -> &Uuid {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Uuid::parse_str(text).map(Self).map_err(|error| {
                    Error::invalid(format!(
                        concat!("`{}` is not a valid ", $noun, " id: expected a UUID"),
                        text.escape_debug()
                    ))
                    .with_source(error)
                })
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<&Uuid> for $name {
            fn from(id: &Uuid) -> Self {
                Self(*id)
            }
        }

        impl From<&$name> for $name {
            fn from(id: &$name) -> Self {
                *id
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

uuid_id!(
    SessionId,
    "a session",
    "session",
    "7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de001"
);
uuid_id!(
    ImageId,
    "an image",
    "image",
    "7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de002"
);
uuid_id!(
    DocumentId,
    "a document",
    "document",
    "7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de003"
);
uuid_id!(
    VideoId,
    "a video",
    "video",
    "7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de004"
);

/// Stands in for `Uuid` in JSON Schemas.
#[cfg(feature = "schemars")]
#[derive(schemars::JsonSchema)]
#[schemars(inline, transparent, extend("format" = "uuid"))]
#[allow(dead_code, reason = "only its schema is used")]
struct UuidText(String);

/// The id of a message: opaque text. In histories it is a UUID, but streams may use other
/// texts, such as `msg_001`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
pub struct MessageId(String);

impl MessageId {
    /// The id as text.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// # let id = chats.create_session().await?.id;
    /// let answer = chats.send(id, "Find damaged poles").await?;
    /// let link = format!("#message-{}", answer.message_id.as_str());
    /// let history = chats.get_messages(id).await?;
    /// assert!(history.iter().any(|message| link.ends_with(message.id.as_str())));
    /// # Ok(()) });
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for MessageId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<&String> for MessageId {
    fn from(id: &String) -> Self {
        Self(id.clone())
    }
}

impl From<&str> for MessageId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl FromStr for MessageId {
    type Err = std::convert::Infallible;

    fn from_str(id: &str) -> Result<Self, Self::Err> {
        Ok(id.into())
    }
}

impl From<MessageId> for String {
    fn from(id: MessageId) -> Self {
        id.0
    }
}

impl From<&MessageId> for MessageId {
    fn from(id: &MessageId) -> Self {
        id.clone()
    }
}

impl AsRef<str> for MessageId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The id of a plan: any text that can be one segment of a URL's path.
///
/// Slashes, spaces, percent signs and letters beyond ASCII are percent-encoded when it is
/// sent. An id that no encoding can keep in one segment is refused with
/// [`ErrorKind::Validation`](crate::ErrorKind::Validation): an empty one, `.` and `..`, and
/// one with a backslash. So is one of more than 1024 bytes.
///
/// ```
/// use chats::PlanId;
///
/// let plan: PlanId = "plan 7/2".parse()?;
/// assert_eq!(plan.as_str(), "plan 7/2");
/// assert!("..".parse::<PlanId>().is_err());
/// # Ok::<(), chats::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
pub struct PlanId(String);

impl PlanId {
    /// The id as text.
    ///
    /// ```
    /// use chats::PlanId;
    ///
    /// let plan: PlanId = "plan_7".parse()?;
    /// let stored = plan.as_str().to_owned();
    /// assert_eq!(PlanId::try_from(stored)?, plan);
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An id that the service named; it is checked when it is sent.
    pub(crate) fn from_wire(id: &str) -> Self {
        Self(id.to_owned())
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let id = self.0.as_str();
        let problem = match id {
            "" => return Err(Error::invalid("the plan's id is empty")),
            "." | ".." => "it would change the path of the request",
            _ if id.contains('\\') => "it may not contain a backslash",
            _ if id.len() > LONGEST_PLAN_ID => return Err(too_long()),
            _ => return Ok(()),
        };
        Err(Error::invalid(format!(
            "`{}` is not a valid plan id: {problem}",
            id.escape_debug()
        )))
    }
}

/// The most bytes of a plan's id: servers take URLs of some thousand bytes.
const LONGEST_PLAN_ID: usize = 1024;

fn too_long() -> Error {
    let problem = format!("the plan's id is longer than {LONGEST_PLAN_ID} bytes");
    Error::invalid(problem)
}

impl FromStr for PlanId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for PlanId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        let id = Self(text);
        id.check()?;
        Ok(id)
    }
}

impl TryFrom<&str> for PlanId {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<&String> for PlanId {
    type Error = Error;

    fn try_from(text: &String) -> Result<Self, Error> {
        Self::try_from(text.clone())
    }
}

impl AsRef<str> for PlanId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<PlanId> for String {
    fn from(id: PlanId) -> Self {
        id.0
    }
}

impl From<&PlanId> for PlanId {
    fn from(id: &PlanId) -> Self {
        id.clone()
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_ids_that_cannot_stay_in_one_segment_are_refused() {
        for bad in ["", ".", "..", "a\\b", &"x".repeat(LONGEST_PLAN_ID + 1)] {
            let error = PlanId::try_from(bad).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Validation, "{bad:?}");
        }
        for good in ["p", "...", "a/b", "a b", "%2e%2e", "plan#1?x", "ü", "a\n"] {
            assert_eq!(PlanId::try_from(good).unwrap().as_str(), good);
        }
    }

    #[test]
    fn a_bad_uuid_names_what_was_expected() {
        let error = "nope".parse::<SessionId>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`nope` is not a valid session id: expected a UUID"
        );
    }

    #[test]
    fn ids_read_and_write_as_plain_text() {
        let id = SessionId::new(Uuid::from_u128(7));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"00000000-0000-0000-0000-000000000007\"");
        assert_eq!(serde_json::from_str::<SessionId>(&json).unwrap(), id);
    }
}
