//! The client for plain threads.

use contract_tests::{KEY, Reply, ScriptedServer};
use tokio::runtime::Runtime;

use crate::{ANSWER, CLOSED, CREATED, SESSION};
use chats::blocking::{ChatResource, ChatSessionContext, ChatStream, Client, Pager, Pages};
use chats::{ChatSession, Error, ErrorKind};

const EVENTS: &str = "event: token\ndata: {\"content\":\"a\"}\n\nevent: token\ndata: {\"content\":\"b\"}\n\nevent: complete\ndata: {\"content\":\"ab\"}\n\n";

/// A server on threads of its own, and a client of it.
fn working() -> (Runtime, ScriptedServer, Client) {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(ScriptedServer::start(|request, _| {
        match (request.method.as_str(), request.target.as_str()) {
            ("DELETE", _) => Reply::json(200, CLOSED),
            ("GET", target) if target.contains("offset=0") => Reply::json(
                200,
                format!(r#"{{"sessions":[{{"id":"{SESSION}"}}],"total_count":2,"has_more":true}}"#),
            ),
            ("GET", _) => Reply::json(
                200,
                r#"{"sessions":[{"id":"00000000-0000-0000-0000-000000000012"}],"total_count":2,"has_more":false}"#,
            ),
            (_, target) if target.contains("/stream") => Reply::events(EVENTS),
            (_, target) if target.ends_with("/messages") => Reply::json(200, ANSWER),
            _ => Reply::json(200, CREATED),
        }
    }));
    let builder = Client::builder().api_key(KEY).base_url(server.base_url());
    let client = builder.build().unwrap();
    (runtime, server, client)
}

#[test]
fn calls_sessions_streams_and_pages_work_from_plain_threads() {
    let (_runtime, server, client) = working();
    let chats = client.chats();
    let answer = chats.send(SESSION, "x").with_response().run().unwrap();
    assert_eq!(
        (answer.status(), &*answer.into_inner().content),
        (200, "Three.")
    );

    let sessions: Result<Vec<ChatSession>, Error> = chats.iter_sessions().page_size(1).collect();
    assert_eq!(sessions.unwrap().len(), 2);
    assert_eq!(chats.iter_sessions().page_size(1).pages().count(), 2);

    let mut stream = chats.send_stream(SESSION, "x").run().unwrap();
    assert_eq!(stream.next().unwrap().unwrap().content(), Some("a"));
    assert_eq!(stream.finish().run().unwrap().content, "ab");
    let text = chats.send_stream(SESSION, "x").run().unwrap().text_deltas();
    assert_eq!(text.collect::<Result<String, Error>>().unwrap(), "ab");

    let content = chats
        .session()
        .with(|s| Ok::<_, Error>(s.send("x").run()?.content))
        .run();
    assert_eq!(content.unwrap(), "Three.");
    let session = chats.session().title("Poles").open().run().unwrap();
    assert_eq!(session.close().run().unwrap().total_messages, Some(2));
    drop(chats.session().open().run().unwrap());
    client.shutdown().run().unwrap();
    let closes = server
        .requests()
        .iter()
        .filter(|r| r.method == "DELETE")
        .count();
    assert_eq!(closes, 3);
}

#[test]
fn many_threads_share_one_client() {
    let (_runtime, _server, client) = working();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| client.clone().chats().send(SESSION, "x").run().unwrap());
        }
    });
}

#[test]
fn inside_an_async_runtime_a_call_is_refused_and_nothing_panics() {
    let (runtime, server, client) = working();
    runtime.block_on(async {
        let chats = client.chats();
        let session = chats.session();
        let errors = [
            chats.send(SESSION, "x").run().unwrap_err(),
            session.clone().open().run().unwrap_err(),
            session.with(|_| Ok::<_, Error>(())).run().unwrap_err(),
            chats.iter_sessions().next().unwrap().unwrap_err(),
            client.shutdown().run().unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains("async runtime"), "{error}");
        }
        drop((chats, client));
    });
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn within_spawn_blocking_a_call_is_refused_and_a_thread_of_ones_own_can_make_it() {
    let (runtime, _server, client) = working();
    let work = runtime.spawn_blocking(move || {
        let refused = client.chats().send(SESSION, "x").run().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Config);
        assert!(refused.to_string().contains("spawn_blocking"), "{refused}");
        let call = || client.chats().send(SESSION, "x").run();
        std::thread::scope(|scope| scope.spawn(call).join().unwrap())
    });
    let answer = runtime.block_on(work).unwrap();
    assert_eq!(answer.unwrap().content, "Three.");
}

#[test]
fn everything_can_cross_threads() {
    fn sent<T: Send>() {}
    fn shared<T: Send + Sync>() {}
    shared::<Client>();
    shared::<ChatResource>();
    shared::<ChatSessionContext>();
    sent::<ChatStream>();
    sent::<Pager<ChatSession>>();
    sent::<Pages<ChatSession>>();
}

#[test]
fn inside_an_async_runtime_an_iterator_says_so_once_and_ends() {
    let (runtime, _server, client) = working();
    let chats = client.chats();
    let stream = chats.send_stream(SESSION, "x").run().unwrap();
    let deltas = chats.send_stream(SESSION, "x").run().unwrap().text_deltas();
    runtime.block_on(async {
        assert_eq!(stream.filter(Result::is_err).count(), 1);
        assert_eq!(deltas.filter(Result::is_err).count(), 1);
        assert_eq!(chats.iter_images().filter(Result::is_err).count(), 1);
        assert_eq!(
            chats.iter_images().pages().filter(Result::is_err).count(),
            1
        );
    });
    drop((chats, client));
}

#[test]
fn a_context_that_is_dropped_with_the_last_handle_is_closed() {
    let (_runtime, server, client) = working();
    let session = client.chats().session().open().run().unwrap();
    drop(client);
    drop(session);
    let closes = server.requests();
    assert_eq!(closes.iter().filter(|r| r.method == "DELETE").count(), 1);
}

#[test]
fn a_builder_begins_where_the_async_one_does() {
    use chats::blocking::{Client, ClientBuilder};

    let builders: [ClientBuilder; 3] = [
        ClientBuilder::default(),
        ClientBuilder::from_env().unwrap(),
        ClientBuilder::from_dotenv().unwrap(),
    ];
    for builder in builders {
        let client: Client = builder.api_key(contract_tests::KEY).build().unwrap();
        drop(client);
    }
    let asynchronous: chats::Client = chats::ClientBuilder::default()
        .api_key(contract_tests::KEY)
        .build()
        .unwrap();
    drop(asynchronous);
}
