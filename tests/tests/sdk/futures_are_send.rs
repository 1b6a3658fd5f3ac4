//! What the compiler must prove of the public types.

use chats::{
    ChatResource, ChatSession, ChatSessionContext, ChatStream, ChatToken, Client, ClientBuilder,
    Error, ImageId, ImageReference, Page, Pager, Pages, Response, SessionBuilder, TextDeltas,
    blocking, operations,
};
use futures_util::stream::FusedStream;

fn shared<T: Send + Sync + 'static>() {}
fn sent<T: Send + 'static>(_: &T) {}
fn call<T: Future + Unpin + Send + Sync + 'static>() {}
fn stream<T: FusedStream + Unpin + Send + Sync + 'static>() {}

#[test]
fn everything_can_cross_threads() {
    shared::<Client>();
    shared::<ClientBuilder>();
    shared::<SessionBuilder>();
    shared::<ChatToken>();
    shared::<chats::stream::TokenDecoder>();
    shared::<ChatResource>();
    shared::<ChatSessionContext>();
    shared::<Error>();
    shared::<Page<ChatSession>>();
    shared::<Response<ChatSession>>();
    shared::<Response<ChatStream>>();
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
    call::<chats::Call<operations::WaitForAnswer>>();
    stream::<ChatStream>();
    stream::<TextDeltas>();
    stream::<Pager<ChatSession>>();
    stream::<Pager<ImageId>>();
    stream::<Pager<ImageReference>>();
    stream::<Pages<ChatSession>>();
}

#[test]
fn what_is_blocking_can_cross_threads_too() {
    fn iterator<T: std::iter::FusedIterator + Send + Sync + 'static>() {}

    shared::<blocking::Client>();
    shared::<blocking::ClientBuilder>();
    shared::<blocking::ChatResource>();
    shared::<blocking::SessionBuilder>();
    shared::<blocking::ChatSessionContext>();
    shared::<Response<blocking::ChatStream>>();
    shared::<blocking::Call<operations::SendMessage>>();
    shared::<blocking::Call<operations::SendMessageStream<blocking::Blocking>>>();
    shared::<blocking::Call<operations::WaitForAnswer>>();
    iterator::<blocking::ChatStream>();
    iterator::<blocking::TextDeltas>();
    iterator::<blocking::Pager<ChatSession>>();
    iterator::<blocking::Pages<ImageId>>();
    // Never run: that it compiles is the test.
    let client = blocking::Client::new(contract_tests::KEY).unwrap();
    sent(&client.chats().session().open());
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
