//! Many streams at once, each begun again when it ends, until the time is over.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chats::{ChatResource, Client, SessionId};
use futures_util::StreamExt;
use tokio::task::JoinSet;

use super::service::Process;
use super::{Figures, usage};
use crate::KEY;

/// What to run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many streams are open at the same time.
    pub streams: usize,
    /// For how long; each stream is read once at least.
    pub lasting: Duration,
    /// How long the server waits before each token.
    pub token_delay: Duration,
    /// The program that is also the server.
    pub program: PathBuf,
}

/// What one stream's task has seen.
#[derive(Default)]
struct Seen {
    answers: u64,
    tokens: u64,
    failures: Vec<String>,
}

/// Runs it.
///
/// # Errors
///
/// The first failures, if there was a single one.
///
/// # Panics
///
/// If the server cannot be started.
pub async fn run(settings: Settings) -> Result<Figures, String> {
    let server = Process::start(&settings.program, None, settings.token_delay);
    let client = Client::builder()
        .api_key(KEY)
        .base_url(server.base_url())
        .max_retries(0)
        .recover(false)
        .build()
        .expect("a client");
    let mut sessions = Vec::new();
    for _ in 0..settings.streams {
        let session = client.chats().create_session().await;
        sessions.push(session.map_err(|error| error.to_string())?.id);
    }
    let before = usage::now();
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for session in sessions {
        tasks.spawn(stream(client.chats(), session, begun, settings.lasting));
    }
    let mut all = Seen::default();
    let mut most = before;
    let sampling = async {
        loop {
            tokio::time::sleep(Duration::from_millis(500)).await;
            most = most.most(usage::now());
        }
    };
    let reading = async {
        while let Some(seen) = tasks.join_next().await {
            let seen = seen.expect("a stream's task does not panic");
            all.answers += seen.answers;
            all.tokens += seen.tokens;
            all.failures.extend(seen.failures);
        }
    };
    tokio::select! {
        () = reading => {}
        () = sampling => {}
    }
    let seconds = begun.elapsed().as_secs_f64();
    let mut figures = Figures::default();
    figures.add("streams at once", settings.streams);
    figures.add("seconds", format!("{seconds:.0}"));
    figures.add("whole answers", all.answers);
    figures.add("tokens", all.tokens);
    figures.add(
        "tokens a second",
        format!("{:.0}", all.tokens as f64 / seconds),
    );
    figures.add("failures", all.failures.len());
    figures.add("client's memory at the most, MiB", most.memory_kib / 1024);
    let grown = most.memory_kib.saturating_sub(before.memory_kib);
    figures.add(
        "… of which for a stream, KiB",
        grown / settings.streams.max(1) as u64,
    );
    figures.add("client's open files at the most", most.files);
    if all.failures.is_empty() {
        return Ok(figures);
    }
    all.failures.truncate(5);
    Err(format!("{figures}\n{}", all.failures.join("\n")))
}

async fn stream(
    chats: ChatResource,
    session: SessionId,
    begun: Instant,
    lasting: Duration,
) -> Seen {
    let mut seen = Seen::default();
    loop {
        let outcome = async {
            let mut stream = chats.send_stream(session, "Wie viele Mäste?").await?;
            while let Some(token) = stream.next().await {
                seen.tokens += u64::from(token?.content().is_some());
            }
            stream.finish().await
        };
        match outcome.await {
            Ok(_) => seen.answers += 1,
            Err(error) => seen.failures.push(error.to_string()),
        }
        if begun.elapsed() >= lasting {
            return seen;
        }
    }
}
