//! What is read is read liberally.

use contract_tests::{Reply, ScriptedServer, client_of};

use crate::SESSION;

#[tokio::test]
async fn ids_of_messages_and_images_are_any_text() {
    let server = ScriptedServer::replies([
        Reply::json(200, r#"{"message_id":"msg_7","content":"Three."}"#),
        Reply::json(200, r#"{"results":[{"image_id":"img-1"}],"total_count":1}"#),
    ])
    .await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let answer = chats.send(SESSION, "How many?").await.unwrap();
    assert_eq!(answer.message_id.as_str(), "msg_7");
    let found = chats.search_images("poles").await.unwrap();
    assert_eq!(found.items[0].image_id, "img-1");
    assert_eq!(found.items[0].id(), None);
}
