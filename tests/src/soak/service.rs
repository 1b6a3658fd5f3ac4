//! The reference server as a process of its own, that can be killed and started
//! again on the same database.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chats_server::{Answer, Answerer, Answering, Library, Progress, Question, Reply, Server};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::KEY;
use crate::proxy::Upstream;

/// What the process is asked to be: the first argument of the `soak` program.
pub const SERVE: &str = "serve";

/// Runs a server until the process is killed, and says where it is.
///
/// # Panics
///
/// If it cannot be started.
pub async fn serve(database: Option<PathBuf>, token_delay: Duration) {
    let mut builder = Server::builder()
        .api_key(KEY)
        .record_requests(false)
        .messages_per_session(u32::MAX)
        .token_delay(token_delay)
        .client_timeout(Duration::from_secs(600));
    if let Some(database) = database {
        builder = builder.database(database).answerer(Echo);
    }
    let server = builder.start().await.expect("a server");
    println!("{}", server.local_addr());
    std::future::pending::<()>().await;
}

/// Answers at once, and never twice alike, so that every answer tells which
/// message it belongs to.
struct Echo;

impl Answerer for Echo {
    fn answer<'a>(
        &'a self,
        question: &'a Question,
        _library: &'a Library,
        progress: &'a mut Progress,
    ) -> Answering<'a> {
        let nonce = fastrand::u128(..);
        let words = 3 + (nonce % 40) as usize;
        progress.words(&format!("Zu „{}“, {nonce:032x}: ", question.text));
        progress.words(&"Mäste 🪵 und \"Drähte\\\" … ".repeat(words));
        Box::pin(async { Ok(Reply::Answer(Box::<Answer>::default())) })
    }
}

/// A server process. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Process {
    /// Starts `program` as a server, with a database of its own in memory or on
    /// this file; `program` must hand [`SERVE`] to [`serve`].
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn start(program: &Path, database: Option<&Path>, token_delay: Duration) -> Self {
        let mut child = Command::new(program)
            .arg(SERVE)
            .args(["--token-delay-ms", &token_delay.as_millis().to_string()])
            .args(database)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        let output = child.stdout.as_mut().expect("it is piped");
        BufReader::new(output)
            .read_line(&mut line)
            .expect("the server says where it is");
        let address = line.trim().parse().expect("an address");
        Self { child, address }
    }

    /// The base URL for a client.
    pub fn base_url(&self) -> String {
        format!("http://{}/api/v2", self.address)
    }

    /// The id of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server that is killed when somebody asks for it, and started again on the
/// same database.
#[derive(Debug)]
pub struct Mortal {
    address: watch::Receiver<Option<SocketAddr>>,
    kill: mpsc::UnboundedSender<()>,
    keeper: JoinHandle<(u64, Process)>,
}

impl Mortal {
    /// Starts it.
    pub fn start(program: PathBuf, database: PathBuf) -> Self {
        let first = Process::start(&program, Some(&database), Duration::ZERO);
        let (address_of, address) = watch::channel(Some(first.address));
        let (kill, mut killed) = mpsc::unbounded_channel();
        let keeper = tokio::spawn(async move {
            let (mut process, mut deaths) = (first, 0);
            while killed.recv().await.is_some() {
                address_of.send_replace(None);
                let (program, database) = (program.clone(), database.clone());
                let again = move || {
                    drop(process);
                    Process::start(&program, Some(&database), Duration::ZERO)
                };
                process = tokio::task::spawn_blocking(again).await.expect("a server");
                deaths += 1;
                while killed.try_recv().is_ok() {}
                address_of.send_replace(Some(process.address));
            }
            (deaths, process)
        });
        Self {
            address,
            kill,
            keeper,
        }
    }

    /// Where it is, as long as it lives.
    pub fn address(&self) -> Upstream {
        self.address.clone()
    }

    /// Whoever holds this can have it killed.
    pub fn killer(&self) -> mpsc::UnboundedSender<()> {
        self.kill.clone()
    }

    /// Once nobody can kill it any more: how often it died, and the last process.
    ///
    /// # Panics
    ///
    /// If it could not be started again.
    pub async fn settle(self) -> (u64, Process) {
        drop(self.kill);
        self.keeper.await.expect("the server was kept")
    }
}
