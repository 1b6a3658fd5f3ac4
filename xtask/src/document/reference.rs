//! References within a document: a JSON pointer in the fragment of a URI, where percent
//! signs encode the characters that a URI cannot hold.

use serde_json::Value;

use crate::{Failure, Result};

/// The pointer prefix of a named schema.
const SCHEMAS: &str = "/components/schemas/";

/// The pointer of a reference into the same document; `None` for any other reference.
#[must_use]
pub fn pointer(reference: &str) -> Option<String> {
    let fragment = reference.strip_prefix('#')?;
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let code = (*first == b'%').then(|| others.get(..2)).flatten();
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// The target of a reference that stands at a pointer, with the target's own pointer.
pub fn target<'d>(document: &'d Value, reference: &Value, at: &str) -> Result<(String, &'d Value)> {
    let Some(reference) = reference.as_str() else {
        return Err(Failure::at(at, "a reference must be a string"));
    };
    if !reference.starts_with('#') {
        let reason = format!("{reference:?} points outside the document");
        return Err(Failure::at(at, reason));
    }
    let nowhere = || Failure::at(at, format!("{reference:?} points nowhere"));
    let to = pointer(reference).ok_or_else(nowhere)?;
    if !to.is_empty() && !to.starts_with('/') {
        let reason =
            format!("{reference:?} names an anchor, which is not followed here: write the pointer");
        return Err(Failure::at(at, reason));
    }
    let found = document.pointer(&to).map(|value| (to, value));
    found.ok_or_else(nowhere)
}

/// The name in `#/components/schemas/NAME`.
#[must_use]
pub fn schema_name(reference: &str) -> Option<String> {
    let pointer = pointer(reference)?;
    let name = pointer.strip_prefix(SCHEMAS)?;
    (!name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
}

/// The reference to a named schema.
#[must_use]
pub fn schema_reference(name: &str) -> String {
    format!("#{SCHEMAS}{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_uri_cannot_hold_is_written_with_percent_signs() {
        let document = json!({"components": {"schemas": {"V E": {}, "B\u{fc}": {}, "50%": {}}}});
        for (reference, name) in [
            ("#/components/schemas/V%20E", "V E"),
            ("#/components/schemas/V E", "V E"),
            ("#/components/schemas/B%C3%BC", "B\u{fc}"),
            ("#/components/schemas/50%", "50%"),
        ] {
            assert_eq!(schema_name(reference).as_deref(), Some(name));
            target(&document, &json!(reference), "").unwrap();
        }
        assert_eq!(
            schema_name("#/components/schemas/A~1B").as_deref(),
            Some("A/B")
        );
        assert_eq!(schema_reference("A/B"), "#/components/schemas/A~1B");
    }
}
