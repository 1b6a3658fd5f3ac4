//! The short way of reading tokens against JSON read in full: each line of the
//! input is the data of a token.

use super::sse;

/// The first byte says how the stream is cut.
///
/// # Panics
///
/// If a token is not what its JSON says.
pub(super) fn run(bytes: &[u8]) {
    let Some((&cut, lines)) = bytes.split_first() else {
        return;
    };
    let mut stream = Vec::new();
    for (number, line) in lines.split(|byte| *byte == b'\n').enumerate() {
        stream.extend_from_slice(b"event: token\n");
        if number % 3 > 0 {
            stream.extend_from_slice(format!("id: {number}\n").as_bytes());
        }
        stream.extend_from_slice(b"data: ");
        stream.extend_from_slice(line);
        stream.extend_from_slice(b"\n\n");
    }
    let expected = match sse::has_halves(&stream) {
        true => sse::read([&stream[..]]),
        false => sse::expected(&stream),
    };
    assert_eq!(sse::read([&stream[..]]), expected, "whole");
    let size = usize::from(cut).max(1);
    assert_eq!(
        sse::read(stream.chunks(size)),
        expected,
        "in chunks of {size}"
    );
}
