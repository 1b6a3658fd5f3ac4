//! Reference markup: the text up to the first NUL, then its metadata as JSON.

use serde_json::Value;

/// Parses and resolves.
///
/// # Panics
///
/// If text without markup changes, or a reference is of nothing in the text.
pub(super) fn run(bytes: &[u8]) {
    let mut halves = bytes.splitn(2, |byte| *byte == 0);
    let content = String::from_utf8_lossy(halves.next().unwrap_or_default());
    let metadata: Option<Value> = halves
        .next()
        .and_then(|json| serde_json::from_slice(json).ok());
    let references = chats::parse_references(&content, metadata.as_ref());
    let resolved = chats::resolve_content(&content, metadata.as_ref());
    let openings = content.matches("[[").count();
    if openings == 0 {
        assert_eq!(resolved, content);
    }
    // However it is nested, each reference begins with an opening of its own.
    assert!(references.len() <= content.matches('[').count());
    let plain = content.replace("[[", "[ [").replace("[[", "[ [");
    if !plain.contains("[[") {
        let untouched = chats::resolve_content(&plain, metadata.as_ref());
        assert_eq!(untouched, plain, "nothing without markup is touched");
    }
}
