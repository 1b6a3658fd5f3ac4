use super::*;

/// The pieces of text that a stream gives.
fn pieces(stream: &str) -> Vec<String> {
    let mut decoder = TokenDecoder::new();
    decoder.feed(stream.to_owned());
    let tokens = std::iter::from_fn(|| decoder.next_token().unwrap());
    let pieces = tokens.filter_map(|token| token.content().map(str::to_owned));
    pieces.collect()
}

fn token(id: &str, data: &str) -> String {
    format!("event: token\n{id}data: {data}\n\n")
}

#[test]
fn an_event_that_comes_twice_is_given_once() {
    let ha = token("id: 1\n", r#"{"content":"ha","token_index":0}"#);
    assert_eq!(pieces(&ha.repeat(3)), ["ha"]);
    let whole = r#"{"content":"ha","accumulated":"ha","token_index":0}"#;
    assert_eq!(pieces(&token("id: 1\n", whole).repeat(2)), ["ha"]);
}

#[test]
fn an_event_may_be_as_large_as_allowed_and_no_larger() {
    let data = r#"{"type":"token","content":"ha","token_index":0}"#;
    for (max, fits) in [(data.len(), true), (data.len() - 1, false)] {
        let mut decoder = TokenDecoder::with_max_event_bytes(max);
        decoder.feed(token("", data));
        assert_eq!(decoder.next_token().is_ok(), fits, "at most {max} bytes");
    }
}

#[test]
fn a_line_that_is_too_long_is_refused_wherever_it_is_cut() {
    let long = "x".repeat(100);
    for lines in [format!("event: {long}"), format!("event: ping\nid: {long}")] {
        let stream = format!("{lines}\ndata: {{}}\n\n");
        for size in [1, stream.len()] {
            let mut decoder = TokenDecoder::with_max_event_bytes(50);
            let mut chunks = stream.as_bytes().chunks(size);
            let failed = chunks.any(|chunk| {
                decoder.feed(chunk.to_vec());
                decoder.next_token().is_err()
            });
            assert!(failed, "in pieces of {size}");
        }
    }
}

#[test]
fn an_error_event_says_as_much_as_the_body_of_a_failed_reply() {
    let error = |data: &str| {
        let mut decoder = TokenDecoder::new();
        decoder.feed(format!("event: error\ndata: {data}\n\n"));
        decoder.next_token().unwrap_err()
    };
    let plan = r#"{"error":{"code":"PLAN_APPROVAL_REQUIRED","details":{"plan_id":"p1"}}}"#;
    assert_eq!(error(plan).plan().unwrap().plan_id.as_str(), "p1");
    let quota = r#"{"code":"STORAGE_QUOTA_EXCEEDED","available":1,"limit":2}"#;
    assert!(error(quota).quota().is_some());
    let limit = r#"{"message":"m","code":"","error_type":"RATE_LIMIT_ERROR"}"#;
    assert_eq!(error(limit).kind(), ErrorKind::RateLimit);
    let unsaid = error("{}").to_string();
    assert!(unsaid.contains("did not say why"), "{unsaid}");
}

#[test]
fn bytes_may_be_fed_long_before_they_are_read() {
    let stream: String = (0..50)
        .map(|n| token("", &format!(r#"{{"content":"{n}"}}"#)))
        .collect();
    let mut decoder = TokenDecoder::new();
    let mut read = Vec::new();
    for (n, chunk) in stream.as_bytes().chunks(7).enumerate() {
        decoder.feed(chunk.to_vec());
        decoder.feed(Vec::new());
        if n % 20 == 0 {
            read.extend(decoder.next_token().unwrap());
        }
    }
    while let Some(token) = decoder.next_token().unwrap() {
        read.push(token);
    }
    let text: String = read.iter().filter_map(ChatToken::content).collect();
    assert_eq!(text, (0..50).map(|n| n.to_string()).collect::<String>());
}

#[test]
fn text_that_is_said_twice_is_given_twice() {
    let other = token("id: 1\n", r#"{"content":"hu","token_index":0}"#);
    let ha = r#"{"content":"ha","token_index":0}"#;
    let twice = |first: &str, second: &str| pieces(&(first.to_owned() + second));
    let first = token("id: 1\n", ha);
    assert_eq!(twice(&first, &other), ["ha", "hu"]);
    let shorter = token("id: 1\n", r#"{"content":"a","token_index":0}"#);
    assert_eq!(twice(&first, &shorter), ["ha", "a"]);
    // The id stays in force from the event before, or it is empty.
    assert_eq!(twice(&first, &token("", ha)), ["ha", "ha"]);
    assert_eq!(
        twice(&token("id:\n", ha), &token("id:\n", ha)),
        ["ha", "ha"]
    );
    let next = token("id: 1\n", r#"{"content":"ha","token_index":1}"#);
    assert_eq!(twice(&first, &next), ["ha", "ha"]);
    // Another event came in between, as where one agent follows another.
    let result = "event: tool_result\ndata: {}\n\n";
    assert_eq!(pieces(&format!("{first}{result}{first}")), ["ha", "ha"]);
    let ping = "event: ping\ndata: {}\n\n";
    assert_eq!(pieces(&format!("{first}{ping}{first}")), ["ha"]);
    // The id and the index never change, but the whole text grows.
    let grown = |all: &str| {
        let data = format!(r#"{{"content":"ha","accumulated":"{all}","token_index":0}}"#);
        token("id: 1\n", &data)
    };
    assert_eq!(twice(&grown("ha"), &grown("haha")), ["ha", "ha"]);
}

#[test]
fn an_event_of_the_largest_size_is_read_wherever_it_is_cut() {
    let data = r#"{"content":"ha"}"#;
    let stream = format!("\u{feff}event: token\ndata: {data}\n\n");
    for (cut, size) in (0..stream.len()).flat_map(|cut| [(cut, 1), (cut, stream.len())]) {
        for (max, fits) in [(data.len(), true), (data.len() - 1, false)] {
            let mut decoder = TokenDecoder::with_max_event_bytes(max);
            let (before, after) = stream.as_bytes().split_at(cut);
            decoder.feed(before.to_vec());
            let mut read = decoder.next_token();
            for chunk in after.chunks(size) {
                if let Ok(None) = read {
                    decoder.feed(chunk.to_vec());
                    read = decoder.next_token();
                }
            }
            assert_eq!(read.is_ok(), fits, "{max} bytes, cut at {cut}");
        }
    }
}
