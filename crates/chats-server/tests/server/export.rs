//! Exports: the three formats and the names of their files.

use serde_json::{Value, json};

use crate::client::server;

#[tokio::test]
async fn each_format_has_its_type_and_its_text() {
    let (_server, client) = server().await;
    let session = client.session_with(&json!({"title": "Größe: a/b"})).await;
    client.ask(&session, "Find cats").await;
    let export = async |query: &str| {
        client
            .get(&format!("/chat/sessions/{session}/export{query}"))
            .await
    };

    let markdown = export("").await;
    assert_eq!(
        markdown.header("content-type"),
        "text/markdown; charset=utf-8"
    );
    assert_eq!(
        markdown.header("content-disposition"),
        "attachment; filename=\"Gr__e- a-b.md\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe-%20a-b.md"
    );
    let text = markdown.text();
    assert!(
        text.starts_with("# Größe: a/b\n\n## You\n\nFind cats\n\n## Assistant\n\nI found 3 images"),
        "{text}"
    );
    assert!(!text.contains("tokens"), "metadata only on request");
    assert!(
        export("?include_metadata=true")
            .await
            .text()
            .contains("tokens*")
    );

    let plain = export("?format=text").await;
    assert_eq!(plain.header("content-type"), "text/plain; charset=utf-8");
    assert!(
        plain.text().contains("You: Find cats\n"),
        "{}",
        plain.text()
    );

    let bare = export("?format=json").await;
    assert_eq!(bare.header("content-type"), "application/json");
    assert!(bare.header("content-disposition").contains(".json"));
    let message = &bare.json()["messages"][1];
    assert_eq!(
        (message["role"].as_str(), message.get("metadata")),
        (Some("assistant"), None::<&Value>)
    );
    let full = export("?format=json&include_metadata=1").await.json();
    assert!(full["messages"][1]["metadata"]["result_refs"].is_object());
}
