//! The report of drift for recorded edits of the contract.

use std::sync::LazyLock;

use serde_json::{Value, json};
use xtask::contract::read;
use xtask::document::load::load;
use xtask::document::select::Selection;
use xtask::drift::blast::Code;
use xtask::drift::compare::compare;
use xtask::drift::report::{Format, write};
use xtask::{drift, workspace};

/// Our sources, read once for all reports.
static CODE: LazyLock<Code> = LazyLock::new(|| Code::of_workspace().unwrap());

/// The report when the contract is edited.
fn report(edit: impl FnOnce(&mut Value)) -> String {
    let chat = Selection::default();
    let contract = load(&workspace::contract()).unwrap();
    let mut new = contract.clone();
    edit(&mut new);
    assert_ne!(new, contract, "the edit finds its place");
    let (old, new) = (read(&contract, &chat).unwrap(), read(&new, &chat).unwrap());
    let drift = drift::judge(compare(&old, &new), &CODE);
    write(&drift, Format::Text, false, None)
}

fn schema<'v>(document: &'v mut Value, name: &str) -> &'v mut Value {
    &mut document["components"]["schemas"][name]
}

fn remove(holder: &mut Value, name: &str) {
    holder.as_object_mut().unwrap().remove(name).unwrap();
}

macro_rules! reports {
    ($($name:ident: |$document:ident| $edit:expr;)*) => {$(
        #[test]
        fn $name() {
            let report = report(|$document| { $edit; });
            insta::with_settings!({omit_expression => true}, {
                insta::assert_snapshot!(stringify!($name), report);
            });
        }
    )*};
}

reports! {
    videos_become_required: |document| schema(document, "UpdateVideosRequest")["required"] = json!(["video_ids"]);
    a_message_may_be_shorter_only: |document| schema(document, "SendMessageRequest")["properties"]["message"]["maxLength"] = json!(4000);
    an_answer_says_what_it_cost: |document| schema(document, "SendMessageResponse")["properties"]["cost"] = json!({"type": "number"});
    an_answer_without_its_id: |document| {
        let answer = schema(document, "SendMessageResponse");
        remove(&mut answer["properties"], "message_id");
        answer["required"].as_array_mut().unwrap().retain(|name| name != "message_id");
    };
    a_page_is_smaller_unless_told: |document| {
        let parameters = document["paths"]["/chat/images/all"]["get"]["parameters"].as_array_mut().unwrap();
        let limit = parameters.iter_mut().find(|one| one["name"] == "limit").unwrap();
        limit["schema"]["default"] = json!(100);
    };
    an_event_is_new: |document| {
        *schema(document, "UsageEvent") = json!({"type": "object", "required": ["type"], "properties": {"type": {"const": "usage"}}});
        let event = json!({"$ref": "#/components/schemas/UsageEvent"});
        schema(document, "ChatStreamEvent")["oneOf"].as_array_mut().unwrap().push(event);
    };
    tokens_never_come: |document| {
        let events = schema(document, "ChatStreamEvent")["oneOf"].as_array_mut().unwrap();
        events.retain(|event| !event["$ref"].as_str().unwrap().ends_with("TokenEvent"));
    };
    the_stream_is_json: |document| {
        let reply = &mut document["paths"]["/chat/sessions/{session_id}/messages/stream"]["post"]["responses"]["200"];
        reply["content"] = json!({"application/json": {"schema": {}}});
    };
    titles_are_set_by_put: |document| {
        let item = &mut document["paths"]["/chat/sessions/{session_id}/title"];
        let operation = item["patch"].take();
        *item = json!({"put": operation});
    };
    a_session_is_closed_with_another_status: |document| {
        let responses = &mut document["paths"]["/chat/sessions/{session_id}"]["delete"]["responses"];
        let reply = responses["200"].take();
        remove(responses, "200");
        responses["202"] = reply;
    };
    the_service_moves: |document| document["servers"][0]["url"] = json!("https://chat.example.com/api/v2");
    a_rewording: |document| {
        document["info"]["title"] = json!("Other");
        schema(document, "TokenEvent")["description"] = json!("Other");
    };
}
