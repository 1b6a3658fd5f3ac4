//! Clients against a server over loopback. The client's time is that of its one thread,
//! in user and in kernel mode. The contenders take turns, so that other work of the
//! machine affects all of them: batch by batch within one process if a call is short,
//! process by process if the state of the memory matters.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{Figures, median, numbers, output, program};
use crate::{Failure, Result};

/// How often each process is run; the median counts.
const ROUNDS: usize = 5;

/// A server that ends with this value.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(programs: &Path) -> Result<Self> {
        let started = program(programs, "net")
            .arg("serve")
            .stdout(Stdio::piped())
            .spawn();
        let told = |error: std::io::Error| Failure::Step(format!("the server: {error}"));
        let mut process = started.map_err(told)?;
        let mut address = String::new();
        if let Some(stdout) = process.stdout.take() {
            BufReader::new(stdout)
                .read_line(&mut address)
                .map_err(told)?;
        }
        let address = address.trim().to_owned();
        Ok(Self { process, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A measurement of several contenders.
struct Contest<'c> {
    /// The names of the numbers that a command prints, each with its divisor.
    what: &'c [(&'c str, f64)],
    contenders: Vec<&'c str>,
    /// The commands that are run in turn. Each prints lines of numbers; all of them
    /// together print one line for each contender.
    commands: Vec<Vec<&'c str>>,
}

impl<'c> Contest<'c> {
    /// Each contender with a command of its own.
    fn apart(what: &'c [(&'c str, f64)], contenders: Vec<(&'c str, Vec<&'c str>)>) -> Self {
        let (contenders, commands) = contenders.into_iter().unzip();
        Self {
            what,
            contenders,
            commands,
        }
    }

    /// All contenders in one process, which gets their names as arguments.
    fn together(what: &'c [(&'c str, f64)], command: &[&'c str], contenders: &[&'c str]) -> Self {
        Self {
            what,
            contenders: contenders.to_vec(),
            commands: vec![[command, contenders].concat()],
        }
    }
}

/// Runs every contest.
pub(super) fn measure(programs: &Path, figures: &mut Figures) -> Result<()> {
    if !Path::new("/proc/thread-self/schedstat").exists() {
        figures.skip(
            "clients over loopback",
            "no /proc/thread-self/schedstat here",
        );
        return Ok(());
    }
    let server = Server::start(programs)?;
    let at = server.address.as_str();
    let clients = ["hyper", "reqwest", "chats"];
    let streams = |scenario, turns| {
        let of = move |client| (client, vec!["stream", at, scenario, turns, "5", client]);
        clients.map(of).to_vec()
    };
    let mut large = streams("plain-500-16384", "40");
    let async_openai = vec!["stream", at, "plain-500-16384", "10", "5", "async-openai"];
    large.push(("async-openai", async_openai));
    let callers = ["reqwest", "reqwest with a timeout", "chats"];
    let two = |command: &'static str, n| {
        let of = move |client| (client, vec![command, at, client, n]);
        ["reqwest", "chats"].map(of).to_vec()
    };
    let paged = |work, depths: &[&'static str]| {
        let of = |depth: &&'static str| (*depth, vec!["pages", at, *depth, work]);
        depths.iter().map(of).collect::<Vec<_>>()
    };
    let sizes = ["100", "500", "1000", "2000", "5000"];
    let contests = [
        Contest::together(
            &[(
                "microseconds of client time, 500 tokens, one event at a time",
                1e3,
            )],
            &["stream", at, "plain-500-event", "3", "1"],
            &clients,
        ),
        Contest::apart(
            &[(
                "microseconds of client time, 500 tokens in chunks of 16 KiB",
                1e3,
            )],
            large,
        ),
        Contest::apart(
            &[
                ("microseconds of client time, 5 tokens in one chunk", 1e3),
                (
                    "microseconds to the first token, warm, answered at once (median)",
                    1e3,
                ),
            ],
            streams("plain-5-16384", "400"),
        ),
        Contest::apart(
            &[
                (
                    "microseconds of client time, the same after 5 ms of thought",
                    1e3,
                ),
                (
                    "microseconds to the first token, warm, after 5 ms of thought (median)",
                    1e3,
                ),
            ],
            streams("thinking-plain-5-16384", "60"),
        ),
        Contest::together(
            &[("microseconds of client time, sending a message", 1e3)],
            &["call", at, "send", "200", "20"],
            &callers,
        ),
        Contest::together(
            &[("microseconds of client time, listing 20 sessions", 1e3)],
            &["call", at, "list", "200", "20"],
            &callers,
        ),
        Contest::together(
            &[(
                "microseconds of client time, a session with 1,000 messages",
                1e3,
            )],
            &["call", at, "get", "40", "10"],
            &callers,
        ),
        Contest::apart(
            &[("microseconds to build a client", 1e3)],
            two("build", "50"),
        ),
        Contest::apart(
            &[(
                "resident bytes of an idle stream, 9,000 open, HTTP/1.1",
                1.0,
            )],
            two("idle", "9000"),
        ),
        Contest::apart(
            &[(
                "milliseconds for 30 pages of 20 at 5 ms each, no work, by prefetch",
                1.0,
            )],
            paged("0", &["0", "1", "4"]),
        ),
        Contest::apart(
            &[(
                "milliseconds for 30 pages of 20 at 5 ms each, 5 ms of work, by prefetch",
                1.0,
            )],
            paged("5", &["0", "1"]),
        ),
        Contest::apart(
            &[
                (
                    "milliseconds to the first of 20,000 images at 5 ms a page, by page size",
                    1.0,
                ),
                (
                    "milliseconds for 20,000 images at 5 ms a page, by page size",
                    1.0,
                ),
            ],
            sizes.map(|size| (size, vec!["images", at, size])).to_vec(),
        ),
    ];
    for contest in &contests {
        hold(programs, contest, figures)?;
    }
    for (call, what) in [
        ("send", "allocations of a call, send"),
        ("list", "allocations of a call, list"),
        ("get", "allocations of a call, get"),
        ("idle", "bytes that an idle stream holds, HTTP/1.1"),
    ] {
        for client in ["reqwest", "chats"] {
            let said = output(program(programs, "calls_allocate").args([at, client, call]))?;
            figures.add(
                what,
                client,
                numbers(&said).first().copied().unwrap_or(f64::NAN),
            );
        }
    }
    python(at, figures);
    Ok(())
}

fn hold(programs: &Path, contest: &Contest<'_>, figures: &mut Figures) -> Result<()> {
    let mut taken = vec![vec![Vec::new(); contest.what.len()]; contest.contenders.len()];
    for _ in 0..ROUNDS {
        let mut contenders = taken.iter_mut();
        for command in &contest.commands {
            let said = output(program(programs, "net").args(command))?;
            for (line, taken) in said.lines().zip(&mut contenders) {
                for (value, taken) in numbers(line).into_iter().zip(taken) {
                    taken.push(value);
                }
            }
        }
    }
    for (place, (what, unit)) in contest.what.iter().enumerate() {
        for (whose, taken) in contest.contenders.iter().zip(&taken) {
            figures.add(what, whose, median(taken[place].clone()) / unit);
        }
    }
    Ok(())
}

/// Measures the Python package, if `CHATS_BENCH_PYTHON` or else `python3` has it.
fn python(at: &str, figures: &mut Figures) {
    let python = std::env::var("CHATS_BENCH_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = super::folder().join("python_openai.py");
    let mut command = Command::new(python);
    command.arg(script).args([at, "500", "16384", "20"]);
    let what = "microseconds of client time, 500 tokens in chunks of 16 KiB";
    match output(&mut command) {
        Ok(said) => {
            let nanoseconds = numbers(&said).first().copied().unwrap_or(f64::NAN);
            figures.add(what, "openai (Python)", nanoseconds / 1e3);
        }
        Err(_) => figures.skip("Python's openai", "the package is not installed here"),
    }
}
