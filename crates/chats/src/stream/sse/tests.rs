//! Compares the decoder with the standard's own algorithm, at every chunk boundary.

use super::*;

const MAX: usize = 1 << 20;

/// `(name, data, id)` of every event, with the bytes cut into these chunks.
fn decode<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<(String, String, String)> {
    let mut decoder = SseDecoder::new(MAX);
    let mut events = Vec::new();
    for chunk in chunks {
        decoder.feed(Bytes::copy_from_slice(chunk));
        while let Some(data) = decoder.next_event().unwrap() {
            let newest = decoder.newest();
            events.push((
                String::from_utf8_lossy(newest.name.as_bytes()).into_owned(),
                String::from_utf8_lossy(&data.whole()).into_owned(),
                newest.id.as_text().unwrap_or_default().to_owned(),
            ));
        }
    }
    events
}

/// The standard's algorithm, word for word and slow.
fn reference(bytes: &[u8]) -> Vec<(String, String, String)> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines: Vec<&str> = text.split('\n').collect();
    lines.pop(); // what follows the last line end is unfinished
    let (mut name, mut data, mut id) = (String::new(), String::new(), String::new());
    let mut events = Vec::new();
    for line in lines {
        if line.is_empty() {
            if let Some(text) = data.strip_suffix('\n') {
                events.push((name.clone(), text.to_owned(), id.clone()));
            }
            name.clear();
            data.clear();
            continue;
        }
        if line.starts_with(':') {
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value.to_owned(),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            "id" if !value.contains('\0') => id = value.to_owned(),
            _ => {}
        }
    }
    events
}

const CASES: &[&str] = &[
    "data: one\n\n",
    "data: one\r\rdata: two\r\r",
    "data: one\r\n\r\ndata: two\r\n\r\n",
    "data: a\ndata: b\r\ndata:  c\r\n\n",
    "\u{feff}data: after a mark\n\n\u{feff}data: not a field\n\n",
    "\u{feff}\u{feff}data: two marks\n\n",
    ": comment\n:\ndata: x\n\n",
    "data\n\n",
    "data\ndata\n\n",
    "data:\n\n",
    "event: no data\n\ndata: x\n\n",
    "event: a\nevent: b\ndata: x\n\ndata: y\n\n",
    "id: 1\ndata: x\n\ndata: y\n\nid\ndata: z\n\n",
    "id: a\0b\ndata: x\n\n",
    "retry: 10\nretry: x1\ndata: x\n\n",
    "unknown: 1\nDATA: 2\n data: 3\ndata : 4\n\ndata: x\n\n",
    "data: unfinished\n",
    "data: x\n\ndata: unfinished",
    "data:no space\n\ndata:  two spaces\n\n",
    "data: ünïcödé 漢字 🙂\n\n",
    "event: naïve\nid: é\ndata: {\"a\": \"b:c\"}\n\n",
    "\n\n\r\r\n\ndata: after blanks\n\n",
    "data: a\n\r\n\rdata: b\n\n",
    "data: colon: in: value\n\n",
    "",
];

#[test]
fn the_standards_rules_hold_at_every_chunk_boundary() {
    for case in CASES {
        let bytes = case.as_bytes();
        let expected = reference(bytes);
        assert_eq!(decode([bytes].into_iter()), expected, "whole: {case:?}");
        assert_eq!(decode(bytes.chunks(1)), expected, "bytewise: {case:?}");
        for cut in 0..=bytes.len() {
            let (a, b) = bytes.split_at(cut);
            let got = decode([a, b].into_iter());
            assert_eq!(got, expected, "cut at {cut}: {case:?}");
            let with_empty = decode([a, &[], b].into_iter());
            assert_eq!(with_empty, expected, "empty chunk at {cut}: {case:?}");
        }
    }
}

#[test]
fn chunks_may_come_before_the_last_one_is_read() {
    let events = |decoder: &mut SseDecoder| {
        let mut count = 0;
        while decoder.next_event().unwrap().is_some() {
            count += 1;
        }
        count
    };
    let bytes = Bytes::from_static(b"data: 1\n\ndata: 2\n\ndata: 3\n\n");
    for cut in 0..=bytes.len() {
        for read in 0..2 {
            let mut decoder = SseDecoder::new(MAX);
            decoder.feed(bytes.slice(..cut));
            let first = (0..read).filter(|_| decoder.next_event().unwrap().is_some());
            let first = first.count();
            decoder.feed(bytes.slice(cut..));
            assert_eq!(first + events(&mut decoder), 3, "cut at {cut}");
        }
    }
}

#[test]
fn invalid_utf8_is_replaced_wherever_it_is_cut() {
    let bytes = b"data: \xff\xc3 caf\xc3\xa9\nid: \xfe\n\n";
    for cut in 0..=bytes.len() {
        let (a, b) = bytes.split_at(cut);
        let events = decode([a, b].into_iter());
        assert_eq!(events, reference(bytes), "cut at {cut}");
    }
}

#[test]
fn retry_takes_digits_alone() {
    let mut decoder = SseDecoder::new(MAX);
    decoder.feed(Bytes::from_static(
        b"retry: 1500\nretry: 2s\nretry:\nretry: +3\n",
    ));
    assert!(decoder.next_event().unwrap().is_none());
    assert_eq!(decoder.retry_ms(), Some(1500));
}

#[test]
fn what_grows_without_end_is_refused() {
    let endless_line = "x".repeat(50);
    let endless_data = "data: 123456\n".repeat(8);
    for bytes in [endless_line, endless_data] {
        let mut decoder = SseDecoder::new(32);
        let refused = bytes.as_bytes().chunks(5).any(|chunk| {
            decoder.feed(Bytes::copy_from_slice(chunk));
            decoder.next_event().is_err()
        });
        assert!(refused, "{bytes}");
    }
}

#[test]
fn a_line_within_one_chunk_is_not_copied() {
    let chunk = Bytes::from_static(b"event: token\ndata: {\"content\":\"x\"}\n\n");
    let mut decoder = SseDecoder::new(MAX);
    decoder.feed(chunk.clone());
    let data = decoder.next_event().unwrap().unwrap();
    assert!(chunk.as_ptr_range().contains(&data.kept.as_ptr()));
}

#[test]
fn an_id_is_in_force_once_its_event_has_come() {
    let mut decoder = SseDecoder::new(MAX);
    let mut told = |bytes: &'static str| {
        decoder.feed(Bytes::from_static(bytes.as_bytes()));
        let came = decoder.next_event().unwrap().is_some();
        (came, decoder.last_event_id().map(str::to_owned))
    };
    let one = Some("1".to_owned());
    assert_eq!(told("id: 1\n"), (false, None));
    assert_eq!(told("data: x\n"), (false, None));
    assert_eq!(told("\n"), (true, one.clone()));
    assert_eq!(told("id: 2\n"), (false, one.clone()));
    assert_eq!(told("event: token\ndata: y\n"), (false, one.clone()));
    assert_eq!(told("\n"), (true, Some("2".to_owned())));
    assert_eq!(
        told("event: token\nid: 3\ndata: {\"half"),
        (false, Some("2".to_owned()))
    );
    assert_eq!(told("\"}\n\n"), (true, Some("3".to_owned())));
    assert_eq!(
        told("id: 5\nevent: token\nid: 6\ndata: z\n\n"),
        (true, Some("6".to_owned()))
    );
    assert_eq!(
        told("event: token\ndata: z\n\n"),
        (true, Some("6".to_owned()))
    );
    // A blank line puts an id in force even if its event had no data.
    assert_eq!(told("id: 4\n\n"), (false, Some("4".to_owned())));
    assert_eq!(
        told("event: token\ndata: z\n\n"),
        (true, Some("4".to_owned()))
    );
    assert_eq!(told("id\n\n"), (false, None));
}
