//! The wire request that each call sends, for review.

use contract_tests::{Reply, ScriptedServer, client_of};

use crate::SESSION;
use chats::{ChatResource, DocumentId, ExportFormat, ImageId, VideoId};
use uuid::Uuid;

/// Makes one call and gives what it sent, whatever the answer.
async fn sent<F: Future>(call: impl FnOnce(ChatResource) -> F) -> String {
    let server = ScriptedServer::start(|_, _| Reply::json(404, r#"{"detail":"no"}"#)).await;
    let (builder, _) = client_of(&server);
    let client = builder.tenant_id("acme").max_retries(0).build().unwrap();
    call(client.chats()).await;
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    requests[0].normalised()
}

const IMAGE: ImageId = ImageId::new(Uuid::from_u128(0x22));
const DOCUMENT: DocumentId = DocumentId::new(Uuid::from_u128(0x33));
const VIDEO: VideoId = VideoId::new(Uuid::from_u128(0x44));

macro_rules! snapshots {
    ($($name:ident: |$chats:ident| $call:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let request = sent(|$chats| async move { $call.await.map(drop) }).await;
            insta::with_settings!({omit_expression => true}, {
                insta::assert_snapshot!(stringify!($name), request);
            });
        }
    )*};
}

snapshots! {
    create_session_bare: |chats| chats.create_session();
    create_session_with_everything: |chats| chats.create_session().title("Pöles").image_ids([IMAGE]).use_all_images(false);
    list_sessions_bare: |chats| chats.list_sessions();
    list_sessions_with_everything: |chats| chats.list_sessions().limit(5).offset(10).active_only(true).search("a b&c").min_messages(3);
    get_session_bare: |chats| chats.get_session(SESSION);
    get_session_with_everything: |chats| chats.get_session(SESSION).include_messages(false).message_limit(7);
    get_messages_bare: |chats| chats.get_messages(SESSION);
    get_messages_limited: |chats| chats.get_messages(SESSION).limit(5);
    send_bare: |chats| chats.send(SESSION, "Find \"poles\"");
    send_with_everything: |chats| chats.send(SESSION, "x").force_detailed_analysis(true).expected_image_ids([IMAGE]).header("X-Extra", "1");
    send_stream_bare: |chats| chats.send_stream(SESSION, "x");
    send_stream_with_everything: |chats| chats.send_stream(SESSION, "x").debug_reasoning(true).force_detailed_analysis(true).expected_image_ids(["any"]);
    update_images: |chats| chats.update_images(SESSION, [IMAGE]);
    update_images_to_none: |chats| chats.update_images(SESSION, [] as [ImageId; 0]);
    update_documents: |chats| chats.update_documents(SESSION, vec![DOCUMENT]);
    update_videos: |chats| chats.update_videos(SESSION, [VIDEO]);
    update_mode: |chats| chats.update_mode(SESSION, false);
    rename_session: |chats| chats.rename_session(SESSION, "Other");
    close_session: |chats| chats.close_session(SESSION);
    approve_plan: |chats| chats.approve_plan(SESSION, "plan/7 ü%2e?#");
    cancel_plan: |chats| chats.cancel_plan(SESSION, "p");
    export_session_bare: |chats| chats.export_session(SESSION);
    export_session_with_everything: |chats| chats.export_session(SESSION).format(ExportFormat::Json).include_metadata(true);
    get_all_images_bare: |chats| chats.get_all_images();
    get_all_images_with_everything: |chats| chats.get_all_images().limit(3).offset(6);
    search_images_bare: |chats| chats.search_images("rust");
    search_images_with_everything: |chats| chats.search_images("rust").limit(3).offset(6);
}
