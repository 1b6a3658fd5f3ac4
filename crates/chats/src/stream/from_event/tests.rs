use super::*;
use crate::types::MessageId;

fn event(name: &str, data: &str, text_so_far: &str) -> Reading {
    let data = Bytes::copy_from_slice(data.as_bytes()).into();
    general(
        &InlineBytes::new(name.as_bytes()),
        data,
        InlineBytes::EMPTY,
        text_so_far,
    )
}

fn token(name: &str, data: &str) -> ChatToken {
    match event(name, data, "so far") {
        Ok(token) => token,
        failed @ Err(_) => panic!("{failed:?}"),
    }
}

#[test]
fn a_token_carries_its_text_index_and_raw_data() {
    let token = token(
        "token",
        r#"{"type":"token","content":"a\n\"é\"","accumulated":"xa","token_index":3,"new":1}"#,
    );
    assert_eq!(token.content(), Some("a\n\"é\""));
    assert_eq!(token.data()["new"], 1);
    let ChatToken::Token(text) = token else {
        panic!("not a token")
    };
    assert_eq!(text.token_index, Some(3));
    assert_eq!(text.accumulated(), Some("xa"));
}

#[test]
fn what_is_missing_null_or_of_another_type_never_fails_a_token() {
    for data in [
        "{}",
        "null",
        "",
        "[1]",
        r#"["hi",3]"#,
        r#"["a","b","c","d","e","f","g",1]"#,
        r#"{"content":null}"#,
        r#"{"content":5,"token_index":"x"}"#,
        "not json",
        "{\"content\":",
    ] {
        assert_eq!(token("token", data).content(), Some(""), "{data}");
        for name in [
            "connection",
            "thinking",
            "thinking_step",
            "status",
            "tool_invocation",
            "tool_result",
            "image_results",
            "document_results",
            "plan_pending_approval",
            "complete",
            "reconnecting",
            "ping",
            "close",
        ] {
            if (name, data) == ("complete", "{\"content\":") {
                // Half an answer is none.
                assert!(matches!(event(name, data, ""), Err(FailureEvent::Garbled)));
                continue;
            }
            assert_eq!(token(name, data).kind().to_string(), name, "{data}");
        }
    }
}

#[test]
fn a_field_of_another_type_costs_only_itself() {
    let status = |data| match token("status", data) {
        ChatToken::Status(status) => (status.phase, status.message, status.agent_name),
        other => panic!("{other:?}"),
    };
    let text = |text: &str| Some(text.to_owned());
    for data in [
        r#"{"phase":"p","message":"m\n","agent_name":"a","type":"status"}"#,
        r#" {"phase":"x","phase":"p","message":"m\n","agent_name":"a"}"#,
        r#"{"phase":"p","message":"m\n","agent_name":"a","reasoning":[{}],"result_count":0.5}"#,
    ] {
        assert_eq!(status(data), (text("p"), text("m\n"), text("a")), "{data}");
    }
    let data = r#"{"phase":7,"message":"m","agent_name":null}"#;
    assert_eq!(status(data), (None, text("m"), None));
    let data = r#"["p","m"]"#;
    assert_eq!(status(data), (None, None, None));
}

#[test]
fn an_id_may_be_a_number() {
    for (data, id) in [
        (r#"{"message_id":"msg_001"}"#, Some("msg_001")),
        (r#"{"message_id":17,"status":"connected"}"#, Some("17")),
        (r#"{"message_id":[17]}"#, None),
    ] {
        let ChatToken::Connection(connection) = token("connection", data) else {
            panic!("not a connection")
        };
        let got = connection.message_id;
        assert_eq!(got.as_ref().map(MessageId::as_str), id, "{data}");
    }
}

#[test]
fn without_a_telling_name_the_type_decides() {
    let data = r#"{"type":"token","content":"x"}"#;
    for name in ["", "message"] {
        assert_eq!(token(name, data).content(), Some("x"), "{name:?}");
    }
    assert_eq!(token("ping", data).kind().to_string(), "ping");
    assert_eq!(token("", r#"{"type":"new"}"#).kind().to_string(), "new");
    assert_eq!(
        token("usage", r#"{"type":"new"}"#).kind().to_string(),
        "usage"
    );
    assert_eq!(token("", "[DONE]").kind().to_string(), "message");
    assert_eq!(token("", "[DONE]").data(), "[DONE]");
}

#[test]
fn an_unknown_name_is_passed_on_whatever_type_its_data_has() {
    for kind in [
        "token",
        "complete",
        "error",
        "auth_error",
        "plan_pending_approval",
        "close",
        "new",
    ] {
        let data = format!(r#"{{"type":"{kind}","content":"x"}}"#);
        let token = token("tool_warning", &data);
        assert_eq!(token.kind().to_string(), "tool_warning", "{kind}");
        assert_eq!(token.data()["type"], kind);
    }
}

#[test]
fn complete_falls_back_to_the_text_so_far() {
    let ChatToken::Complete(done) = token("complete", r#"{"message_id":"msg_001"}"#) else {
        panic!("not complete")
    };
    assert_eq!(done.content, "so far");
    let ChatToken::Complete(empty) = token("complete", r#"{"content":""}"#) else {
        panic!("not complete")
    };
    assert_eq!(empty.content, "so far");
    assert_eq!(done.message_id.unwrap().as_str(), "msg_001");
    let ChatToken::Complete(unnamed) = token("complete", r#"{"message_id":""}"#) else {
        panic!("not complete")
    };
    assert_eq!(unnamed.message_id, None);
}

#[test]
fn an_answers_own_rendering_counts_wherever_it_is_unless_it_is_empty() {
    for (data, resolved) in [
        (
            r#"{"content":"See [[img:1|x]]","metadata":{"resolved_content":"See that"}}"#,
            "See that",
        ),
        (
            r#"{"content":"a","resolved_content":"b","metadata":{"resolved_content":"c"}}"#,
            "b",
        ),
        (
            r#"{"content":"See [[img:1|x]]","resolved_content":""}"#,
            "See x",
        ),
    ] {
        let ChatToken::Complete(done) = token("complete", data) else {
            panic!("not complete")
        };
        assert_eq!(done.resolved_content(), resolved, "{data}");
    }
}

#[test]
fn error_events_tell_message_and_code_in_every_seen_form() {
    for (data, message, code) in [
        (r#"{"message":"m","code":"C"}"#, "m", Some("C")),
        (r#"{"message":"m","error_type":"C"}"#, "m", Some("C")),
        (r#"{"error":"m","error_code":"C"}"#, "m", Some("C")),
        (r#"{"error":{"message":"m","code":"C"}}"#, "m", Some("C")),
        (
            r#"{"detail":{"error":"m","error_code":"C"}}"#,
            "m",
            Some("C"),
        ),
        (r#"{"message":"","error":"m"}"#, "m", None),
        (r#"{"error":"","message":"m"}"#, "m", None),
        (
            r#"{"message":"m","code":"","error_type":"C"}"#,
            "m",
            Some("C"),
        ),
        (r#"{"message":"m","code":429}"#, "m", Some("429")),
        ("plain text", "plain text", None),
    ] {
        for name in ["error", "auth_error"] {
            let Err(FailureEvent::Failed(said) | FailureEvent::Refused(said)) =
                event(name, data, "")
            else {
                panic!("{data}")
            };
            let told = (said.message.as_deref(), said.code.as_deref());
            assert_eq!(told, (Some(message), code), "{name} {data}");
        }
    }
}
