//! Messages are sent through a network that fails, to a server that dies; then
//! what the client was told is compared with what the server has stored.

mod lane;
mod ledger;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chats::{Client, SessionId};
use futures_util::future::join_all;

use super::Figures;
use super::service::{Mortal, Process};
use crate::KEY;
pub use ledger::{Report, Sent};

/// How many clients send at the same time.
const LANES: u64 = 6;
/// How many messages a session takes, about.
const PER_SESSION: u64 = 60;

/// What to run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many messages, half of them streamed.
    pub messages: u64,
    /// What the faults are drawn from.
    pub seed: u64,
    /// The program that is also the server.
    pub program: PathBuf,
}

/// Runs it.
///
/// # Errors
///
/// What does not hold, one line each.
///
/// # Panics
///
/// If the server cannot be started or asked.
pub async fn run(settings: Settings) -> Result<Figures, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("chat.db");
    let server = Mortal::start(settings.program.clone(), database.clone());
    let sessions = open_sessions(&server, settings.messages / PER_SESSION + LANES).await;
    let begun = Instant::now();
    let lanes = (0..LANES).map(|lane| {
        let count = settings.messages / LANES + u64::from(lane < settings.messages % LANES);
        let lane = lane::Lane::new(lane, &settings, &server, sessions.clone());
        tokio::spawn(lane.send(count))
    });
    let sent: Vec<Sent> = join_all(lanes)
        .await
        .into_iter()
        .flat_map(|lane| lane.expect("a lane does not panic"))
        .collect();
    let took = begun.elapsed();
    let (deaths, last) = server.settle().await;
    // Whatever it had not stored by now it will never store.
    drop(last);
    let survivor = Process::start(&settings.program, Some(&database), Duration::ZERO);
    let client = direct(&survivor.base_url());
    let mut figures = Figures::default();
    figures.add("messages", sent.len());
    figures.add("seed", settings.seed);
    figures.add("server killed and restarted", deaths);
    let problems = ledger::audit(&client, &sessions, &sent, &mut figures).await;
    figures.add("seconds", format!("{:.1}", took.as_secs_f64()));
    if problems.is_empty() {
        return Ok(figures);
    }
    Err(format!("{figures}\n{}", problems.join("\n")))
}

/// A client that no fault touches.
fn direct(base_url: &str) -> Client {
    let builder = Client::builder().api_key(KEY).base_url(base_url);
    builder.build().expect("a client")
}

async fn open_sessions(server: &Mortal, count: u64) -> Vec<SessionId> {
    let address = server.address().borrow().expect("it has just started");
    let client = direct(&format!("http://{address}/api/v2"));
    let mut sessions = Vec::new();
    for _ in 0..count {
        let session = client.chats().create_session().await;
        sessions.push(session.expect("nothing fails yet").id);
    }
    sessions
}
