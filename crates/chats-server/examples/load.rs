//! A load benchmark: requests a second, tokens a second, and the memory of a
//! thousand open streams. The server runs in a process of its own, so that its
//! memory is measured and not the client's.
//!
//! ```text
//! cargo run --release --package chats-server --example load
//! ```

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chats_server::Server;
use futures_util::future::{join_all, try_join_all};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const KEY: &str = "aion_load_benchmark_key_0000";
const REQUESTS: usize = 5_000;
const AT_ONCE: usize = 32;
const STREAMS: usize = 1_000;

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Runtime::new()?;
    // The benchmark starts itself again, with this word, to be the server.
    if std::env::args().nth(1).as_deref() == Some("serve") {
        return runtime.block_on(serve());
    }
    runtime.block_on(measure())
}

async fn serve() -> Result<(), Failure> {
    let server = Server::builder()
        .api_key(KEY)
        .record_requests(false)
        .test_mode(true)
        .client_timeout(Duration::from_secs(120))
        .start()
        .await?;
    println!("{}", server.base_url());
    std::future::pending().await
}

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    fn start() -> Result<(Self, String), Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .stdout(Stdio::piped())
            .spawn()?;
        let mut base = String::new();
        let output = child.stdout.as_mut().ok_or("no output")?;
        BufReader::new(output).read_line(&mut base)?;
        Ok((Self(child), base.trim_end().to_owned()))
    }

    /// Resident memory in MiB, where the system tells it.
    fn memory(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kib / 1024.0)
    }
}

#[derive(Clone)]
struct Client {
    http: reqwest::Client,
    base: Arc<str>,
}

impl Client {
    fn request(&self, method: http::Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(KEY)
    }

    async fn create(&self) -> Result<String, Failure> {
        let request = self
            .request(http::Method::POST, "/chat/sessions")
            .json(&json!({"title": "Load"}));
        let reply: Value = request.send().await?.error_for_status()?.json().await?;
        Ok(reply["session_id"].as_str().ok_or("no session")?.to_owned())
    }

    async fn get(&self, path: String) -> Result<(), Failure> {
        let reply = self
            .request(http::Method::GET, &path)
            .send()
            .await?
            .error_for_status()?;
        reply.bytes().await?;
        Ok(())
    }

    async fn stream(
        &self,
        session: &str,
        fault: &'static str,
    ) -> Result<reqwest::Response, Failure> {
        let path = format!("/chat/sessions/{session}/messages/stream");
        let request = self
            .request(http::Method::POST, &path)
            .json(&json!({"message": "Find damaged poles"}));
        Ok(request
            .header("x-chats-fault", fault)
            .send()
            .await?
            .error_for_status()?)
    }
}

async fn measure() -> Result<(), Failure> {
    let (process, base) = Process::start()?;
    let client = Client {
        http: http(),
        base: base.into(),
    };
    let began = Instant::now();
    let sessions = rate("create", began, {
        let create = |_| client.create();
        stream::iter(0..REQUESTS)
            .map(create)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?
    });
    for (name, path) in [
        ("list", "/chat/sessions?limit=20".to_owned()),
        ("get", format!("/chat/sessions/{}", sessions[0])),
    ] {
        let began = Instant::now();
        let get = |_| client.get(path.clone());
        rate(
            name,
            began,
            stream::iter(0..REQUESTS)
                .map(get)
                .buffer_unordered(AT_ONCE)
                .try_collect::<Vec<_>>()
                .await?,
        );
    }
    let began = Instant::now();
    let counts = join_all(
        sessions[..STREAMS]
            .iter()
            .map(|session| tokens(&client, session)),
    )
    .await;
    let mut all = 0;
    for count in counts {
        all += count?;
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{STREAMS} streams at once: {:>9.0} tokens/s ({all} tokens)",
        all as f64 / seconds
    );

    let idle = process.memory();
    let open = try_join_all(
        sessions[STREAMS..2 * STREAMS]
            .iter()
            .map(|session| client.stream(session, "stall=10")),
    )
    .await?;
    let held = open.into_iter().map(|reply| async move {
        // Read up to the token before the silence, so that every stream is truly under way.
        let mut body = reply.bytes_stream();
        let mut seen = Vec::new();
        while !String::from_utf8_lossy(&seen).contains("\"token_index\":9") {
            seen.extend_from_slice(&body.next().await.ok_or("an early end")??);
        }
        Ok::<_, Failure>(body)
    });
    let held = try_join_all(held).await?;
    if let (Some(idle), Some(busy)) = (idle, process.memory()) {
        let each = (busy - idle) * 1024.0 / STREAMS as f64;
        println!(
            "{STREAMS} open streams: {busy:>12.1} MiB resident ({idle:.1} before, {each:.1} KiB a stream)"
        );
    }
    drop(held);
    Ok(())
}

fn rate<T>(name: &str, began: Instant, done: Vec<T>) -> Vec<T> {
    let seconds = began.elapsed().as_secs_f64();
    println!("{name:<20} {:>9.0} requests/s", done.len() as f64 / seconds);
    done
}

async fn tokens(client: &Client, session: &str) -> Result<usize, Failure> {
    let reply = client.stream(session, "").await?;
    let body = reply.bytes().await?;
    Ok(body
        .windows(13)
        .filter(|window| window == b"event: token\n")
        .count())
}

/// Within the workspace reqwest is built with rustls, but without a provider.
fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
