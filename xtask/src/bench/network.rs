//! Clients against a server over loopback. The client's time is that of its one thread,
//! in user and in kernel mode. The contenders take turns, so that other work of the
//! machine affects all of them: batch by batch within one process if a call is short,
//! process by process if the state of the memory matters.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use self::Contenders::{Apart, Together};
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
struct Contest {
    /// The names of the numbers that a command prints, each with its divisor.
    what: &'static [(&'static str, f64)],
    /// What the program does. The server's address comes next, then the arguments.
    command: &'static str,
    contenders: Contenders,
}

/// Who takes part. Each command prints lines of numbers; all of a contest together print
/// one line for each contender.
enum Contenders {
    /// All of them in one process, which gets their names after these arguments.
    Together(&'static str, &'static [&'static str]),
    /// Each in a process of its own, with its arguments.
    Apart(&'static [(&'static str, &'static str)]),
}

const CLIENTS: [&str; 3] = ["hyper", "reqwest", "chats"];
const CALLERS: [&str; 3] = ["reqwest", "reqwest with a timeout", "chats"];

/// Python's client takes part too, in a program of its own.
const IN_CHUNKS: &str = "microseconds of client time, 500 tokens in chunks of 16 KiB";

const CONTESTS: [Contest; 12] = [
    Contest {
        what: &[(
            "microseconds of client time, 500 tokens, one event at a time",
            1e3,
        )],
        command: "stream",
        contenders: Together("plain-500-event 3 1", &CLIENTS),
    },
    Contest {
        what: &[(IN_CHUNKS, 1e3)],
        command: "stream",
        contenders: Apart(&[
            ("hyper", "plain-500-16384 40 5 hyper"),
            ("reqwest", "plain-500-16384 40 5 reqwest"),
            ("chats", "plain-500-16384 40 5 chats"),
            ("async-openai", "plain-500-16384 10 5 async-openai"),
        ]),
    },
    Contest {
        what: &[
            ("microseconds of client time, 5 tokens in one chunk", 1e3),
            (
                "microseconds to the first token, warm, answered at once (median)",
                1e3,
            ),
        ],
        command: "stream",
        contenders: Apart(&[
            ("hyper", "plain-5-16384 400 5 hyper"),
            ("reqwest", "plain-5-16384 400 5 reqwest"),
            ("chats", "plain-5-16384 400 5 chats"),
        ]),
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
        command: "stream",
        contenders: Apart(&[
            ("hyper", "thinking-plain-5-16384 60 5 hyper"),
            ("reqwest", "thinking-plain-5-16384 60 5 reqwest"),
            ("chats", "thinking-plain-5-16384 60 5 chats"),
        ]),
    },
    Contest {
        what: &[("microseconds of client time, sending a message", 1e3)],
        command: "call",
        contenders: Together("send 200 20", &CALLERS),
    },
    Contest {
        what: &[("microseconds of client time, listing 20 sessions", 1e3)],
        command: "call",
        contenders: Together("list 200 20", &CALLERS),
    },
    Contest {
        what: &[(
            "microseconds of client time, a session with 1,000 messages",
            1e3,
        )],
        command: "call",
        contenders: Together("get 40 10", &CALLERS),
    },
    Contest {
        what: &[("microseconds to build a client", 1e3)],
        command: "build",
        contenders: Apart(&[("reqwest", "reqwest 50"), ("chats", "chats 50")]),
    },
    Contest {
        what: &[(
            "resident bytes of an idle stream, 9,000 open, HTTP/1.1",
            1.0,
        )],
        command: "idle",
        contenders: Apart(&[("reqwest", "reqwest 9000"), ("chats", "chats 9000")]),
    },
    Contest {
        what: &[(
            "milliseconds for 30 pages of 20 at 5 ms each, no work, by prefetch",
            1.0,
        )],
        command: "pages",
        contenders: Apart(&[("0", "0 0"), ("1", "1 0"), ("4", "4 0")]),
    },
    Contest {
        what: &[(
            "milliseconds for 30 pages of 20 at 5 ms each, 5 ms of work, by prefetch",
            1.0,
        )],
        command: "pages",
        contenders: Apart(&[("0", "0 5"), ("1", "1 5")]),
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
        command: "images",
        contenders: Apart(&[
            ("100", "100"),
            ("500", "500"),
            ("1000", "1000"),
            ("2000", "2000"),
            ("5000", "5000"),
        ]),
    },
];

/// The calls whose allocations another program counts.
const ALLOCATIONS: [(&str, &str); 4] = [
    ("send", "allocations of a call, send"),
    ("list", "allocations of a call, list"),
    ("get", "allocations of a call, get"),
    ("idle", "bytes that an idle stream holds, HTTP/1.1"),
];

impl Contest {
    fn names(&self) -> Vec<&'static str> {
        match self.contenders {
            Together(_, names) => names.to_vec(),
            Apart(each) => each.iter().map(|(name, _)| *name).collect(),
        }
    }

    /// The arguments of the commands that are run in turn against the server at `at`.
    fn commands<'c>(&'c self, at: &'c str) -> Vec<Vec<&'c str>> {
        let command = |arguments: &'static str, names: &[&'static str]| {
            let mut command = vec![self.command, at];
            command.extend(arguments.split_whitespace());
            command.extend(names);
            command
        };
        match self.contenders {
            Together(arguments, names) => vec![command(arguments, names)],
            Apart(each) => each.iter().map(|(_, own)| command(own, &[])).collect(),
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
    for contest in &CONTESTS {
        hold(programs, contest, at, figures)?;
    }
    for (call, what) in ALLOCATIONS {
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

fn hold(programs: &Path, contest: &Contest, at: &str, figures: &mut Figures) -> Result<()> {
    let names = contest.names();
    let commands = contest.commands(at);
    let mut taken = vec![vec![Vec::new(); contest.what.len()]; names.len()];
    for _ in 0..ROUNDS {
        let mut contenders = taken.iter_mut();
        for command in &commands {
            let said = output(program(programs, "net").args(command))?;
            for (line, taken) in said.lines().zip(&mut contenders) {
                for (value, taken) in numbers(line).into_iter().zip(taken) {
                    taken.push(value);
                }
            }
        }
    }
    for (place, (what, unit)) in contest.what.iter().enumerate() {
        for (whose, taken) in names.iter().zip(&taken) {
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
    match output(&mut command) {
        Ok(said) => {
            let nanoseconds = numbers(&said).first().copied().unwrap_or(f64::NAN);
            figures.add(IN_CHUNKS, "openai (Python)", nanoseconds / 1e3);
        }
        Err(_) => figures.skip("Python's openai", "the package is not installed here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_gets_all_names_and_several_get_arguments_of_their_own() {
        let together = Contest {
            what: &[],
            command: "call",
            contenders: Together("send 200 20", &CALLERS),
        };
        assert_eq!(
            together.commands("ADDRESS"),
            [[&["call", "ADDRESS", "send", "200", "20"][..], &CALLERS].concat()]
        );
        let apart = Contest {
            what: &[],
            command: "pages",
            contenders: Apart(&[("none", "0 5"), ("one", "1 5")]),
        };
        assert_eq!(apart.names(), ["none", "one"]);
        assert_eq!(
            apart.commands("ADDRESS"),
            [
                ["pages", "ADDRESS", "0", "5"],
                ["pages", "ADDRESS", "1", "5"]
            ]
        );
    }
}
