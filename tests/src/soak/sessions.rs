//! Session contexts end in every way there is; then the server is asked which of
//! its sessions are still open.

use std::collections::BTreeMap;
use std::pin::pin;
use std::time::{Duration, Instant};

use chats::{ChatResource, ChatSessionContext, Client, Error};
use chats_server::Server;
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::Figures;

/// How many contexts share a client and its runtime.
const ROUND: u64 = 500;
/// How many are open at the same time.
const AT_ONCE: usize = 50;

/// How a context ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ending {
    /// Its body returns.
    Return,
    /// Its body fails.
    Error,
    /// Its body panics.
    Panic,
    /// `close` is called.
    Close,
    /// It is dropped.
    Drop,
    /// The task that holds it is aborted.
    Abort,
    /// The future of its body is dropped.
    Cancel,
    /// The future that opens it is dropped after its first poll.
    CancelOpening,
    /// A timeout of no time at all ends it.
    Timeout,
    /// It lives until its runtime ends.
    RuntimeEnds,
}

const ENDINGS: [Ending; 10] = [
    Ending::Return,
    Ending::Error,
    Ending::Panic,
    Ending::Close,
    Ending::Drop,
    Ending::Abort,
    Ending::Cancel,
    Ending::CancelOpening,
    Ending::Timeout,
    Ending::RuntimeEnds,
];

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How many contexts.
    pub contexts: u64,
    /// What their endings are drawn from.
    pub seed: u64,
    /// Whether `Client::shutdown` is called before the runtime ends.
    pub shutdown: bool,
}

/// Runs it, with runtimes of its own; not to be called within one.
///
/// # Errors
///
/// With `shutdown`, if a single session is left open.
///
/// # Panics
///
/// If the server cannot be started or asked.
pub fn run(settings: Settings) -> Result<Figures, String> {
    let servers = Runtime::new().expect("a runtime");
    let server = servers
        .block_on(Server::builder().record_requests(false).start())
        .expect("a server");
    let client = || {
        let builder = Client::builder().api_key(server.api_key());
        builder
            .base_url(server.base_url())
            .build()
            .expect("a client")
    };
    let begun = Instant::now();
    let mut random = fastrand::Rng::with_seed(settings.seed);
    let mut endings: BTreeMap<Ending, u64> = BTreeMap::new();
    let mut left = settings.contexts;
    while left > 0 {
        let round: Vec<_> = (0..left.min(ROUND))
            .map(|_| random.choice(ENDINGS).unwrap_or(Ending::Return))
            .collect();
        left -= round.len() as u64;
        for ending in &round {
            *endings.entry(*ending).or_default() += 1;
        }
        let client = client();
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(async {
            stream::iter(round)
                .for_each_concurrent(AT_ONCE, |ending| end(client.chats(), ending))
                .await;
            if settings.shutdown {
                client.shutdown().await;
            }
        });
        runtime.shutdown_background();
    }
    let asking = client();
    let (there, open) = servers.block_on(async {
        let chats = asking.chats();
        let all = chats.list_sessions().limit(1).await.expect("a list");
        let open = chats.list_sessions().limit(1).active_only(true).await;
        (all.total, open.expect("a list").total)
    });
    let mut figures = Figures::default();
    figures.add("contexts", settings.contexts);
    figures.add("seed", settings.seed);
    for (ending, times) in endings {
        figures.add(format!("ended by {ending:?}"), times);
    }
    figures.add("Client::shutdown is called", settings.shutdown);
    figures.add("sessions the server knows", there);
    figures.add("sessions left open", open);
    figures.add("seconds", format!("{:.1}", begun.elapsed().as_secs_f64()));
    servers.shutdown_timeout(Duration::from_secs(5));
    if settings.shutdown && open > 0 {
        return Err(figures.to_string());
    }
    Ok(figures)
}

type Body = Result<(), Error>;

/// Opens a context and ends it.
async fn end(chats: ChatResource, ending: Ending) {
    match ending {
        Ending::Return => {
            let body = async |_: &ChatSessionContext| -> Body { Ok(()) };
            chats.session().with(body).await.expect("it is closed");
        }
        Ending::Error => {
            let body = async |session: &ChatSessionContext| session.send("").await;
            let failed = chats.session().with(body).await;
            failed.expect_err("an empty message is refused");
        }
        Ending::Panic => {
            // Without the panic hook, which would print it.
            let body = async |_: &ChatSessionContext| -> Body {
                std::panic::resume_unwind(Box::new("on purpose"))
            };
            let task = tokio::spawn(async move { chats.session().with(body).await });
            assert!(task.await.is_err(), "it panics");
        }
        Ending::Close => {
            let session = chats.session().open().await.expect("it opens");
            session.close().await.expect("it is closed");
        }
        Ending::Drop => drop(chats.session().open().await.expect("it opens")),
        Ending::Abort => {
            let (entered, inside) = oneshot::channel();
            let task = tokio::spawn(stay(chats, entered));
            let _ = inside.await;
            task.abort();
            let _ = task.await;
        }
        Ending::Cancel => {
            let (entered, inside) = oneshot::channel();
            let staying = pin!(stay(chats, entered));
            assert!(matches!(select(staying, inside).await, Either::Right(_)));
        }
        Ending::CancelOpening => {
            let opening = pin!(chats.session().open());
            let _ = select(opening, std::future::ready(())).await;
        }
        Ending::Timeout => {
            let (entered, _inside) = oneshot::channel();
            let staying = stay(chats, entered);
            let _ = tokio::time::timeout(Duration::ZERO, staying).await;
        }
        Ending::RuntimeEnds => {
            let (entered, inside) = oneshot::channel();
            tokio::spawn(stay(chats, entered));
            let _ = inside.await;
        }
    }
}

/// A session whose body never ends.
async fn stay(chats: ChatResource, entered: oneshot::Sender<()>) -> Body {
    let body = async |_: &ChatSessionContext| -> Body {
        let _ = entered.send(());
        std::future::pending().await
    };
    chats.session().with(body).await
}
