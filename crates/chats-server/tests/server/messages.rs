//! Answers: what is found, how it is cited, and what a conversation remembers.

use http::Method;
use serde_json::{Value, json};

use crate::client::server;

#[tokio::test]
async fn damaged_poles_are_found_and_cited() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let (text, reply) = client.ask(&session, "Find damaged poles").await;
    assert!(
        text.starts_with("I found 6 images for “damaged poles”"),
        "{text}"
    );
    for name in [
        "pole-01-damaged-top.png",
        "pole-03-broken.jpg",
        "northern-line-report.txt (p.1)",
    ] {
        assert!(text.contains(name), "{name} in {text}");
    }
    assert!(
        !text.contains("healthy.png") && !text.contains("cat"),
        "{text}"
    );

    let content = reply["content"].as_str().unwrap();
    let image = &reply["images"][0];
    let id = image["image_id"].as_str().unwrap();
    let cited = format!(
        "[[img:{}|{}]]",
        &id[..8],
        image["filename"].as_str().unwrap()
    );
    assert!(
        content.contains(&cited) && content.contains("[[ref:images]]"),
        "{content}"
    );
    assert!(
        content.contains("|northern-line-report.txt|p:1]]"),
        "{content}"
    );

    let metadata = &reply["metadata"];
    let images = &metadata["result_refs"]["images"];
    assert_eq!(
        (images["count"].as_i64(), images["id_type"].as_str()),
        (Some(6), Some("image"))
    );
    assert_eq!(images["ids"], images["image_ids"]);
    assert_eq!(metadata["image_context"][0]["image_id"], id);
    assert!(metadata["tool_document_data"][0]["document_id"].is_string());
    assert!(
        image["thumbnail_url"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    assert_eq!(reply["remaining_messages"], 999);
    assert_eq!(metadata["offers_detailed_analysis"], true);
}

#[tokio::test]
async fn the_history_holds_question_and_answer_as_they_were() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let (_, reply) = client.ask(&session, "Find cats").await;
    client.ask(&session, "Find sunsets").await;
    let messages = client.messages(&session).await;
    let roles: Vec<&Value> = messages.iter().map(|message| &message["role"]).collect();
    assert_eq!(roles, ["user", "assistant", "user", "assistant"]);
    assert_eq!(messages[1]["content"], reply["content"]);
    assert_eq!(messages[1]["id"], reply["message_id"]);
    assert_eq!(messages[1]["image_context"], reply["images"]);
    let path = format!("/chat/sessions/{session}");
    let last = client.get(&format!("{path}?message_limit=1")).await.ok();
    assert_eq!(
        last["messages"],
        json!([messages[3]]),
        "a limit keeps the latest"
    );
    assert_eq!(
        client.get(&format!("{path}?include_messages=f")).await.ok()["messages"],
        json!([])
    );
    let summary = &last["session"];
    assert_eq!(summary["total_messages"], 4);
    assert_eq!(summary["last_user_message"], "Find sunsets");
    assert_eq!(
        last["current_search_result_ids"].as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn follow_ups_speak_of_the_answer_before() {
    let (_server, client) = server().await;
    let session = client.session().await;
    client.ask(&session, "Find damaged poles").await;
    let (text, _) = client.ask(&session, "Which of these are burnt?").await;
    assert!(
        text.starts_with("Of these, 1 image fits for “burnt”"),
        "{text}"
    );
    assert!(text.contains("pole-06-burnt.jpg"), "{text}");

    let fresh = client.session().await;
    let (_, listed) = client.ask(&fresh, "Find cats").await;
    let (text, _) = client
        .ask(&fresh, "Tell me more about the second one")
        .await;
    let second = listed["images"][1]["filename"].as_str().unwrap();
    let first = listed["images"][0]["filename"].as_str().unwrap();
    assert!(text.contains(second) && !text.contains(first), "{text}");
    for question in ["the first one", "Show me the first one please"] {
        let session = client.session().await;
        client.ask(&session, "Find cats").await;
        let (text, _) = client.ask(&session, question).await;
        assert!(text.contains(first) && !text.contains(second), "{text}");
    }
    let (text, _) = client.ask(&fresh, "Is there a sunset at the sea?").await;
    assert!(
        text.contains("sunset-02-sea.png"),
        "a new subject looks everywhere: {text}"
    );
}

#[tokio::test]
async fn questions_are_filtered_by_kind_and_date() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let (text, _) = client.ask(&session, "Which documents speak of cats?").await;
    assert!(
        text.contains("safety-notes.txt") && !text.contains(".png"),
        "{text}"
    );
    let (text, _) = client.ask(&session, "gif images").await;
    assert!(
        text.starts_with("I found 1 image") && text.contains("pole-10-birds.gif"),
        "{text}"
    );
    let (text, _) = client.ask(&session, "images from 2024").await;
    assert!(
        text.contains("cat-02-ginger.jpg") && !text.contains("cat-01"),
        "dated by EXIF: {text}"
    );
    let (text, _) = client.ask(&session, "unicorns").await;
    assert!(text.starts_with("I found nothing for “unicorns”"), "{text}");
    let (text, _) = client.ask(&session, "Hello!").await;
    assert!(text.contains("24 images and 3 documents"), "{text}");
}

#[tokio::test]
async fn selections_and_expectations_restrict_the_answer() {
    let (_server, client) = server().await;
    let found = client
        .post("/chat/images/search", &json!({"query": "cat"}))
        .await
        .ok();
    let cat = found["results"][0]["image_id"].clone();
    let body = json!({"use_all_images": false, "initial_image_ids": [cat]});
    let session = client.session_with(&body).await;
    let (text, _) = client.ask(&session, "Find poles in images").await;
    assert!(text.starts_with("I found nothing"), "{text}");
    let (text, _) = client.ask(&session, "Find cats").await;
    assert!(text.starts_with("I found 1 image"), "{text}");

    let pole = client
        .post("/chat/images/search", &json!({"query": "burnt pole"}))
        .await
        .ok();
    let pole = pole["results"][0]["image_id"].clone();
    let path = format!("/chat/sessions/{session}");
    let expecting =
        json!({"message": "Find poles in images", "expected_image_ids": [pole, "not-a-uuid"]});
    let reply = client
        .post(&format!("{path}/messages"), &expecting)
        .await
        .ok();
    assert_eq!(reply["images"].as_array().unwrap().len(), 1);
    let healed = client.get(&path).await.ok();
    assert_eq!(
        healed["selected_image_ids"],
        json!([pole]),
        "the expectation heals the selection"
    );

    let report = client
        .ask(&session, "Which documents speak of cats?")
        .await
        .1;
    let document = report["metadata"]["tool_document_data"][0]["document_id"].clone();
    let only = json!({"document_ids": [document]});
    client
        .call(Method::PUT, &format!("{path}/documents"), &only)
        .await
        .ok();
    let (text, _) = client
        .ask(&session, "Find documents about damaged poles")
        .await;
    assert!(
        text.contains("safety-notes") && !text.contains("inspection-guide"),
        "{text}"
    );
}

#[tokio::test]
async fn ids_that_no_image_can_have_leave_the_selection_as_it_is() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let path = format!("/chat/sessions/{session}");
    let all = client.get("/chat/images/all").await.ok();
    let chosen = json!([all["image_ids"][0], all["image_ids"][1]]);
    let body = json!({"image_ids": chosen});
    client
        .call(Method::PUT, &format!("{path}/images"), &body)
        .await
        .ok();
    let body = json!({"message": "Find cats", "expected_image_ids": ["img_001", "cat.png"]});
    client.post(&format!("{path}/messages"), &body).await.ok();
    let detail = client.get(&path).await.ok();
    assert_eq!(detail["selected_image_ids"], chosen);
    let body = json!({"message": "Find cats", "expected_image_ids": []});
    client.post(&format!("{path}/messages"), &body).await.ok();
    assert_eq!(
        client.get(&path).await.ok()["selected_image_ids"],
        json!([])
    );
}

#[tokio::test]
async fn a_detailed_answer_says_more() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let body = json!({"message": "Find the black cat", "force_detailed_analysis": true});
    let reply = client
        .post(&format!("/chat/sessions/{session}/messages"), &body)
        .await
        .ok();
    let content = reply["content"].as_str().unwrap();
    assert!(
        content.contains("192 × 144 pixels") && content.contains("in animals"),
        "{content}"
    );
    assert_eq!(reply["metadata"]["offers_detailed_analysis"], false);
}

#[tokio::test]
async fn markup_in_a_question_stays_a_question() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let reply = client.send(&session, "[[img:abc|x]] unicorns").await.ok();
    assert!(
        !reply["content"].as_str().unwrap().contains("[[img:abc"),
        "{reply}"
    );
}
