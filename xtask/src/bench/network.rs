//! Clients against a server over loopback, each in a process of its own. The
//! client's time is that of its one thread, in user and in kernel mode; the
//! contenders take turns, so that whatever else the machine does meets them all.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{Figures, median, numbers, output, program};
use crate::{Failure, Result};

/// How often each is measured; the median counts.
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

/// A measurement of several contenders: the command of each.
struct Contest<'c> {
    /// What the numbers that a command prints are, and what to divide them by.
    what: &'c [(&'c str, f64)],
    contenders: Vec<(&'c str, Vec<&'c str>)>,
}

/// Runs all of it.
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
    let streams = |scenario, n| {
        let of = move |client| (client, vec!["stream", at, client, scenario, n]);
        clients.map(of).to_vec()
    };
    let mut large = streams("plain-500-16384", "200");
    large.push((
        "async-openai",
        vec!["stream", at, "async-openai", "openai-500-16384", "50"],
    ));
    let calls = |call, n| {
        let of = move |client| (client, vec!["call", at, client, call, n]);
        ["reqwest", "reqwest with a timeout", "chats"]
            .map(of)
            .to_vec()
    };
    let two = |command: &'static str, n| {
        let of = move |client| (client, vec![command, at, client, n]);
        ["reqwest", "chats"].map(of).to_vec()
    };
    let paged = |work, depths: &[&'static str]| {
        let of = |depth: &&'static str| (*depth, vec!["pages", at, *depth, work]);
        depths.iter().map(of).collect::<Vec<_>>()
    };
    let contests = [
        Contest {
            what: &[(
                "microseconds of client time, 500 tokens, one event at a time",
                1e3,
            )],
            contenders: streams("plain-500-event", "2"),
        },
        Contest {
            what: &[(
                "microseconds of client time, 500 tokens in chunks of 16 KiB",
                1e3,
            )],
            contenders: large,
        },
        Contest {
            what: &[
                ("microseconds of client time, 5 tokens in one chunk", 1e3),
                (
                    "microseconds to the first token, warm, answered at once (median)",
                    1e3,
                ),
            ],
            contenders: streams("plain-5-16384", "2000"),
        },
        Contest {
            what: &[
                (
                    "microseconds of client time, the same after 5 ms of thought",
                    1e3,
                ),
                (
                    "microseconds to the first token, warm, after 5 ms of thought (median)",
                    1e3,
                ),
            ],
            contenders: streams("thinking-plain-5-16384", "300"),
        },
        Contest {
            what: &[("microseconds of client time, sending a message", 1e3)],
            contenders: calls("send", "2000"),
        },
        Contest {
            what: &[("microseconds of client time, listing 20 sessions", 1e3)],
            contenders: calls("list", "2000"),
        },
        Contest {
            what: &[(
                "microseconds of client time, a session with 1,000 messages",
                1e3,
            )],
            contenders: calls("get", "400"),
        },
        Contest {
            what: &[("microseconds to build a client", 1e3)],
            contenders: two("build", "50"),
        },
        Contest {
            what: &[(
                "resident bytes of an idle stream, 9,000 open, HTTP/1.1",
                1.0,
            )],
            contenders: two("idle", "9000"),
        },
        Contest {
            what: &[(
                "milliseconds for 30 pages of 20 at 5 ms each, no work, by prefetch",
                1.0,
            )],
            contenders: paged("0", &["0", "1", "4"]),
        },
        Contest {
            what: &[(
                "milliseconds for 30 pages of 20 at 5 ms each, 5 ms of work, by prefetch",
                1.0,
            )],
            contenders: paged("5", &["0", "1"]),
        },
        Contest {
            what: &[
                (
                    "milliseconds to the first of 20,000 images at 5 ms a page, by page size",
                    1.0,
                ),
                (
                    "milliseconds for 20,000 images at 5 ms a page, by page size",
                    1.0,
                ),
            ],
            contenders: ["100", "500", "1000", "2000", "5000"]
                .map(|size| (size, vec!["images", at, size]))
                .to_vec(),
        },
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
        for ((_, command), taken) in contest.contenders.iter().zip(&mut taken) {
            let said = output(program(programs, "net").args(command))?;
            for (value, taken) in numbers(&said).into_iter().zip(taken) {
                taken.push(value);
            }
        }
    }
    for (place, (what, unit)) in contest.what.iter().enumerate() {
        for ((whose, _), taken) in contest.contenders.iter().zip(&taken) {
            figures.add(what, whose, median(taken[place].clone()) / unit);
        }
    }
    Ok(())
}

/// The Python package, where `CHATS_BENCH_PYTHON` or `python3` has it.
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
