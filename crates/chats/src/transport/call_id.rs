//! Ids of requests and calls, as text. Nearly all are UUIDs, which are kept in place,
//! so that making, sending and keeping one costs no allocation of its own.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// An id that names a request or a call.
#[derive(Clone)]
pub(crate) enum CallId {
    /// As long as a UUID, and ASCII.
    InPlace([u8; Hyphenated::LENGTH]),
    /// Any other.
    Shared(Arc<str>),
}

impl CallId {
    /// A random one. Ids need to differ, not to be unguessable, so the fast generator
    /// will do.
    pub(super) fn random() -> Self {
        let mut text = [0; Hyphenated::LENGTH];
        random_uuid().hyphenated().encode_lower(&mut text);
        Self::InPlace(text)
    }

    /// Two ids as header values that share one allocation, also with their clones: a
    /// request's headers are cloned several times on their way.
    pub(super) fn headers(ids: [&Self; 2]) -> [Option<HeaderValue>; 2] {
        if let [Self::InPlace(one), Self::InPlace(other)] = ids {
            let mut texts = [0; 2 * Hyphenated::LENGTH];
            let (first, second) = texts.split_at_mut(Hyphenated::LENGTH);
            first.copy_from_slice(one);
            second.copy_from_slice(other);
            let mut first = Bytes::from_owner(texts);
            let second = first.split_off(Hyphenated::LENGTH);
            return [first, second].map(|text| HeaderValue::from_maybe_shared(text).ok());
        }
        ids.map(|id| HeaderValue::try_from(id.as_str()).ok())
    }

    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::InPlace(text) => std::str::from_utf8(text).unwrap_or_default(),
            Self::Shared(text) => text,
        }
    }
}

impl From<&str> for CallId {
    fn from(text: &str) -> Self {
        match text.as_bytes().try_into() {
            Ok(bytes) if text.is_ascii() => Self::InPlace(bytes),
            _ => Self::Shared(text.into()),
        }
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A random UUID (version 4).
pub(super) fn random_uuid() -> Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_any_form_stays_what_it_was() {
        let uuid = random_uuid().to_string();
        let umlauts = "ü".repeat(Hyphenated::LENGTH / 2);
        for id in [
            uuid.as_str(),
            "",
            "req-7",
            umlauts.as_str(),
            &"x".repeat(300),
        ] {
            let kept = CallId::from(id);
            assert_eq!(kept.as_str(), id);
            let other = CallId::random();
            let [header, others] = CallId::headers([&kept, &other]);
            assert_eq!(header.unwrap().as_bytes(), id.as_bytes());
            assert_eq!(others.unwrap().as_bytes(), other.as_str().as_bytes());
        }
    }

    #[test]
    fn random_ids_are_uuids_and_differ() {
        let (one, other) = (CallId::random(), CallId::random());
        assert_eq!(one.as_str().parse::<Uuid>().unwrap().get_version_num(), 4);
        assert_ne!(one.as_str(), other.as_str());
    }
}
