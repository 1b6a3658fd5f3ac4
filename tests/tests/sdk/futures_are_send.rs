//! What the compiler must prove of the public types.

use chats::{
    ChatResource, ChatSession, ChatSessionContext, ChatStream, Client, Error, ImageId,
    ImageReference, Page, Pager, Pages, Response, TextDeltas, operations,
};
use futures_util::stream::FusedStream;

fn shared<T: Send + Sync + 'static>() {}
fn sent<T: Send + 'static>(_: &T) {}
fn call<T: Future + Unpin + Send + Sync + 'static>() {}
fn stream<T: FusedStream + Unpin + Send + Sync + 'static>() {}

#[test]
fn everything_can_cross_threads() {
    shared::<Client>();
    shared::<ChatResource>();
    shared::<ChatSessionContext>();
    shared::<Error>();
    shared::<Page<ChatSession>>();
    shared::<Response<ChatSession>>();
    call::<chats::Call<operations::CreateSession>>();
    call::<chats::Call<operations::GetSession>>();
    call::<chats::Call<operations::ListSessions>>();
    call::<chats::Call<operations::GetMessages>>();
    call::<chats::Call<operations::SendMessage>>();
    call::<chats::Call<operations::SendMessageStream>>();
    call::<chats::Call<operations::SendMessageStream, chats::call::WithResponse>>();
    call::<chats::Call<operations::UpdateImages>>();
    call::<chats::Call<operations::UpdateDocuments>>();
    call::<chats::Call<operations::UpdateVideos>>();
    call::<chats::Call<operations::UpdateMode>>();
    call::<chats::Call<operations::RenameSession>>();
    call::<chats::Call<operations::CloseSession>>();
    call::<chats::Call<operations::PlanAction>>();
    call::<chats::Call<operations::ExportSession>>();
    call::<chats::Call<operations::GetAllImages>>();
    call::<chats::Call<operations::SearchImages>>();
    stream::<ChatStream>();
    stream::<TextDeltas>();
    stream::<Pager<ChatSession>>();
    stream::<Pager<ImageId>>();
    stream::<Pager<ImageReference>>();
    stream::<Pages<ChatSession>>();
}

#[test]
fn with_is_send_where_its_body_is() {
    let with = |client: Client| {
        client
            .chats()
            .session()
            .with(async |session: &ChatSessionContext| {
                session.send("x").await?;
                Ok::<_, Error>(session.session_id())
            })
    };
    // Never awaited: that it compiles is the test.
    let client = Client::new(contract_tests::KEY).unwrap();
    sent(&with(client.clone()));
    sent(&client.chats().session().open());
}

#[test]
fn nothing_touches_a_runtime_before_the_first_poll() {
    let client = Client::new(contract_tests::KEY).unwrap();
    let chats = client.chats();
    drop(chats.list_sessions().limit(5).with_response());
    drop(chats.iter_sessions().page_size(5).pages());
    drop(chats.session().title("x").open());
}
