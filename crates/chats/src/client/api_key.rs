//! The API key: checked once, never shown.

use std::fmt;

use http::HeaderValue;

use crate::error::Error;

const SHOWN: &str = "[redacted]";

/// An API key of the documented form. Neither `Debug` nor an error shows it.
#[derive(Clone)]
pub(crate) struct ApiKey {
    key: Box<str>,
    header: HeaderValue,
}

impl ApiKey {
    pub(crate) fn new(key: &str) -> Result<Self, Error> {
        let key = key.trim();
        if key.is_empty() {
            return Err(Error::config("no API key was given")
                .with_setting("api_key")
                .with_hint(
                "set AIONVISION_API_KEY, or pass the key to Client::new or ClientBuilder::api_key",
            ));
        }
        if !is_well_formed(key) {
            return Err(Error::bad_setting(
                "api_key",
                "has the wrong form: expected lower-case letters, '_', then at least 20 letters, digits, '_' or '-'",
            )
            .with_hint("check the key that was given, or AIONVISION_API_KEY"));
        }
        let mut header = HeaderValue::try_from(format!("Bearer {key}"))
            .map_err(|_| Error::bad_setting("api_key", "cannot be sent in a header"))?;
        header.set_sensitive(true);
        Ok(Self {
            key: key.into(),
            header,
        })
    }

    /// The `Authorization` header, marked sensitive.
    pub(crate) fn header(&self) -> &HeaderValue {
        &self.header
    }

    /// Redacts the key in a text that a server sent back, and also its beginning where
    /// the text was cut.
    pub(crate) fn redact(&self, text: &mut String) {
        if text.contains(&*self.key) {
            *text = text.replace(&*self.key, SHOWN);
        }
        let cuts = text.match_indices(CUT).map(|(at, _)| at);
        let ends: Vec<usize> = cuts.chain([text.len()]).collect();
        for end in ends.into_iter().rev() {
            let told = (TELLING..self.key.len())
                .rev()
                .find(|length| text[..end].ends_with(&self.key[..*length]));
            if let Some(length) = told {
                text.replace_range(end - length..end, SHOWN);
            }
        }
    }
}

/// The mark at the place where a text was cut.
const CUT: char = '…';

/// Shorter beginnings of a key are not redacted: they reveal nothing.
const TELLING: usize = 8;

/// `^[a-z]+_[A-Za-z0-9_-]{20,}$`
fn is_well_formed(key: &str) -> bool {
    // The prefix ends at the first `_`, since it has only letters.
    key.split_once('_').is_some_and(|(prefix, rest)| {
        !prefix.is_empty()
            && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
            && rest.len() >= 20
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    })
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SHOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_documented_form_is_taken() {
        for good in ["aion_0123456789abcdefghij", "x_________________________-"] {
            assert!(ApiKey::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "aion",
            "aion_short",
            "Aion_0123456789abcdefghij",
            "_0123456789abcdefghijk",
            "aion_0123456789abcdefghi\n1",
            "aion_0123456789abcdefghij é",
        ] {
            let error = ApiKey::new(bad).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Config, "{bad:?}");
            assert!(bad.len() < 6 || !error.to_string().contains(bad));
        }
    }

    #[test]
    fn debug_and_the_header_hide_it() {
        let key = ApiKey::new("aion_0123456789abcdefghij").unwrap();
        assert_eq!(
            format!("{key:?} {:?}", key.header()),
            "[redacted] Sensitive"
        );
        let mut text = "no aion_0123456789abcdefghij here".to_owned();
        key.redact(&mut text);
        assert_eq!(text, "no [redacted] here");
    }

    #[test]
    fn what_is_left_of_it_in_a_text_that_was_cut_is_hidden_too() {
        let secret = "aion_0123456789abcdefghij";
        let key = ApiKey::new(secret).unwrap();
        for length in TELLING..secret.len() {
            for (behind, after) in [("", ""), ("…", ""), ("…", " (aion_01…")] {
                let mut text = format!("ü {}{behind}{after}", &secret[..length]);
                key.redact(&mut text);
                assert_eq!(text, format!("ü [redacted]{behind}{after}"));
            }
        }
    }
}
