//! Everything a program does with a client, over and over, while what it uses is
//! watched: memory, open files and tasks must not grow.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use chats::{ChatResource, Client, Error, SessionId};
use futures_util::TryStreamExt;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::Figures;
use super::service::Process;
use super::usage::{self, Usage};
use crate::KEY;

/// How many do it at the same time.
const WORKERS: u64 = 8;
/// How much more memory the end may take than the beginning, in KiB.
const MEMORY_SLACK: u64 = 4 * 1024;
/// How many more files and tasks may happen to be open when one looks.
const COUNT_SLACK: usize = 24;

/// What to run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// For how long.
    pub lasting: Duration,
    /// What is drawn from.
    pub seed: u64,
    /// The program that is also the server.
    pub program: PathBuf,
}

/// Runs it.
///
/// # Errors
///
/// What has grown, or a call that failed and should not have.
///
/// # Panics
///
/// If the server cannot be started.
pub async fn run(settings: Settings) -> Result<Figures, String> {
    let server = Process::start(&settings.program, None, Duration::ZERO);
    let builder = Client::builder().api_key(KEY).base_url(server.base_url());
    let client = builder.build().expect("a client");
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let random = fastrand::Rng::with_seed(settings.seed.wrapping_mul(31) + worker);
        workers.spawn(work(client.chats(), random, begun, settings.lasting));
    }
    let mut looks = Vec::new();
    while begun.elapsed() < settings.lasting {
        tokio::time::sleep(settings.lasting / 200).await;
        looks.push(usage::now());
    }
    let mut rounds = 0;
    while let Some(done) = workers.join_next().await {
        rounds += done
            .expect("a worker does not panic")
            .map_err(|error| format!("{error:?}"))?;
    }
    client.shutdown().await;
    let left = usage::now();
    // The first fifth fills pools and caches.
    let at = |from: usize, to: usize| &looks[looks.len() * from / 100..looks.len() * to / 100];
    let (early, late) = (typical(at(20, 40)), typical(at(80, 100)));
    let mut figures = Figures::default();
    figures.add("seconds", begun.elapsed().as_secs());
    figures.add("seed", settings.seed);
    figures.add("rounds", rounds);
    figures.add(
        "memory, MiB: early, late",
        both(early.memory_kib / 1024, late.memory_kib / 1024),
    );
    figures.add("open files: early, late", both(early.files, late.files));
    figures.add("tasks: early, late", both(early.tasks, late.tasks));
    figures.add("tasks after the shutdown", left.tasks);
    let grown = late.memory_kib > early.memory_kib + MEMORY_SLACK
        || late.files > early.files + COUNT_SLACK
        || late.tasks > early.tasks + COUNT_SLACK;
    if grown {
        return Err(format!("{figures}\nit grows"));
    }
    Ok(figures)
}

fn both(early: impl std::fmt::Display, late: impl std::fmt::Display) -> String {
    format!("{early}, {late}")
}

/// The median of each figure.
fn typical(looks: &[Usage]) -> Usage {
    let median = |figure: fn(&Usage) -> u64| {
        let mut figures: Vec<_> = looks.iter().map(figure).collect();
        figures.sort_unstable();
        figures.get(figures.len() / 2).copied().unwrap_or_default()
    };
    Usage {
        memory_kib: median(|look| look.memory_kib),
        files: usize::try_from(median(|look| look.files as u64)).unwrap_or(usize::MAX),
        tasks: usize::try_from(median(|look| look.tasks as u64)).unwrap_or(usize::MAX),
    }
}

/// Does one thing after the other until the time is over; gives how many.
async fn work(
    chats: ChatResource,
    mut random: fastrand::Rng,
    begun: Instant,
    lasting: Duration,
) -> Result<u64, Error> {
    let mut rounds = 0;
    while begun.elapsed() < lasting {
        once(&chats, random.u8(..8)).await?;
        rounds += 1;
    }
    Ok(rounds)
}

async fn once(chats: &ChatResource, what: u8) -> Result<(), Error> {
    match what {
        0 => {
            let body = async |session: &chats::ChatSessionContext| {
                session.send("Find damaged poles").await?;
                session.send_stream("Tell me more").await?.finish().await
            };
            chats.session().with(body).await?;
        }
        1 => drop(chats.session().open().await?),
        2 => {
            // Left in the middle.
            let session = chats.session().open().await?;
            let mut stream = session.send_stream("Find damaged poles").await?;
            stream.try_next().await?;
        }
        3 => {
            let mut pages = chats.iter_sessions().page_size(5).prefetch(1);
            pages.try_next().await?;
        }
        4 => {
            // Given up before it is answered.
            let never = chats.get_all_images();
            let _ = tokio::time::timeout(Duration::ZERO, never).await;
        }
        5 => {
            let nobody = SessionId::new(Uuid::from_u128(1));
            let error = chats
                .get_session(nobody)
                .await
                .expect_err("there is no such session");
            assert_eq!(error.status(), Some(404));
        }
        6 => {
            let session = chats.session().open().await?;
            session.send("Find cats").await?;
            session.export().await?;
            session.close().await?;
        }
        _ => drop(chats.search_images("poles").await?),
    }
    Ok(())
}
