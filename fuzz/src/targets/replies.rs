//! What a service may answer: the first byte chooses the status, the first line
//! is a `Retry-After`, the rest a body. The real client reads it.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chats::{CircuitBreaker, Client, SessionId};
use contract_tests::{KEY, Reply, ScriptedServer, client_of};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// How much of a failed reply's body is kept.
const KEPT: usize = 1024 * 1024;

struct Service {
    runtime: Runtime,
    _server: ScriptedServer,
    reply: Arc<Mutex<Reply>>,
    client: Client,
}

thread_local! {
    static SERVICE: RefCell<Option<Service>> = const { RefCell::new(None) };
}

/// Sends a message, and answers it so.
///
/// # Panics
///
/// If the error does not tell what came, or tells the key.
pub(super) fn run(bytes: &[u8]) {
    let Some((&first, rest)) = bytes.split_first() else {
        return;
    };
    let end = rest.iter().position(|byte| *byte == b'\n');
    let (header, body) = rest.split_at(end.unwrap_or(rest.len()));
    let body = body.strip_prefix(b"\n").unwrap_or(body);
    // What no header can hold never arrives as one.
    let header: String = header
        .iter()
        .filter(|byte| byte.is_ascii_graphic() || **byte == b' ')
        .map(|byte| char::from(*byte))
        .collect();
    let header = header.trim().to_owned();
    let status = 200 + u16::from(first) % 400;
    let status = if (300..400).contains(&status) {
        503
    } else {
        status
    };
    SERVICE.with_borrow_mut(|service| {
        let service = service.get_or_insert_with(start);
        let reply = Reply::new(status, &[("retry-after", &header)], body);
        *service.reply.lock().unwrap_or_else(PoisonError::into_inner) = reply;
        let session = SessionId::new(Uuid::from_u128(1));
        let answer = service
            .runtime
            .block_on(async { service.client.chats().send(session, "x").await });
        let Err(error) = answer else {
            assert!(status < 300);
            return;
        };
        let told = format!("{error} {error:?}");
        assert!(!told.contains(KEY), "{told}");
        if status < 300 {
            return;
        }
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.body(), Some(&body[..body.len().min(KEPT)]));
        let digits = !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit());
        if digits {
            let seconds = header.parse().unwrap_or(u64::MAX);
            assert_eq!(
                error.retry_after(),
                Some(Duration::from_secs(seconds)),
                "{header}"
            );
        }
    });
}

fn start() -> Service {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let reply = Arc::new(Mutex::new(Reply::json(200, "")));
    let script = Arc::clone(&reply);
    let server = runtime.block_on(ScriptedServer::start(move |_, _| {
        script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }));
    let client = client_of(&server)
        .0
        .max_retries(0)
        .circuit_breaker(CircuitBreaker::disabled())
        .build()
        .expect("a client");
    Service {
        runtime,
        _server: server,
        reply,
        client,
    }
}
