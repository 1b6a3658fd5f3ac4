//! A server that sends without end; what it costs the client's memory. The peak
//! is the whole process's, so each case is to run in a process of its own.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::str::FromStr;
use std::thread;

use chats::{Client, Error, SessionId};
use uuid::Uuid;

use super::Figures;
use crate::KEY;

/// What comes without end, or nearly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// A line of a stream.
    Line,
    /// An event of a stream, of many lines.
    Event,
    /// The head of a reply.
    Headers,
    /// The body of an error.
    ErrorBody,
    /// An export of 10 GB that was announced.
    AnnouncedExport,
    /// An export of 10 GB that was not.
    Export,
    /// An export of 10 GB that is compressed to a thousandth.
    CompressedExport,
    /// A page of a million sessions.
    Page,
}

/// All cases, by their names on the command line.
pub const CASES: &[(&str, Case)] = &[
    ("line", Case::Line),
    ("event", Case::Event),
    ("headers", Case::Headers),
    ("error-body", Case::ErrorBody),
    ("announced-export", Case::AnnouncedExport),
    ("export", Case::Export),
    ("compressed-export", Case::CompressedExport),
    ("page", Case::Page),
];

impl FromStr for Case {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = CASES.iter().find(|(known, _)| *known == name);
        found.map(|(_, case)| *case).ok_or_else(|| {
            let all: Vec<_> = CASES.iter().map(|(name, _)| *name).collect();
            format!("the cases are {}", all.join(", "))
        })
    }
}

/// Runs it; the figures hold the peak in MiB above where it began.
///
/// # Errors
///
/// Used if the system does not report the peak.
///
/// # Panics
///
/// If there is no free port.
pub async fn run(case: Case) -> Result<Figures, String> {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // The client hangs up when it has seen enough.
            let _ = send(case, stream);
        }
    });
    let client = Client::builder()
        .api_key(KEY)
        .base_url(format!("http://{address}/api/v2"))
        .max_retries(0)
        .recover(false)
        .build()
        .expect("a client");
    let before = peak_kib()?;
    let outcome = call(&client, case).await;
    let after = peak_kib()?;
    let mut figures = Figures::default();
    figures.add("what comes", format!("{case:?}"));
    match outcome {
        Ok(said) => figures.add("outcome", said),
        Err(error) => {
            figures.add("outcome", error.to_string());
            figures.add("kind", error.kind());
        }
    }
    figures.add(
        "peak above the beginning, in MiB",
        (after - before).div_ceil(1024),
    );
    Ok(figures)
}

async fn call(client: &Client, case: Case) -> Result<String, Error> {
    let chats = client.chats();
    let session = SessionId::new(Uuid::from_u128(1));
    match case {
        Case::Line | Case::Event => {
            let answer = chats.send_stream(session, "x").await?.finish().await?;
            Ok(answer.content)
        }
        Case::Headers | Case::ErrorBody | Case::Page => {
            let list = chats.list_sessions().limit(100).await?;
            Ok(format!("{} sessions", list.items.len()))
        }
        Case::Export | Case::AnnouncedExport | Case::CompressedExport => {
            let export = chats.export_session(session).await?;
            Ok(format!("{} bytes", export.bytes().len()))
        }
    }
}

const TEN_GB: u64 = 10_000_000_000;

fn send(case: Case, mut stream: TcpStream) -> std::io::Result<()> {
    let mut head = BufReader::new(stream.try_clone()?).lines();
    while head
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let close = "connection: close\r\n";
    let ok = format!("HTTP/1.1 200 OK\r\n{close}");
    match case {
        Case::Line => {
            write!(stream, "{ok}content-type: text/event-stream\r\n\r\ndata: ")?;
            repeat(&mut stream, &[b'x'; 65536], TEN_GB)
        }
        Case::Event => {
            write!(stream, "{ok}content-type: text/event-stream\r\n\r\n")?;
            repeat(&mut stream, &b"data: 123456789\n".repeat(4096), TEN_GB)
        }
        Case::Headers => {
            write!(stream, "{ok}")?;
            repeat(
                &mut stream,
                &b"x-more: and more and more\r\n".repeat(1024),
                TEN_GB,
            )
        }
        Case::ErrorBody => {
            write!(stream, "HTTP/1.1 500 Down\r\n{close}\r\n")?;
            repeat(&mut stream, &[b'x'; 65536], TEN_GB)
        }
        Case::AnnouncedExport => {
            write!(stream, "{ok}content-length: {TEN_GB}\r\n\r\n")?;
            repeat(&mut stream, &[b'x'; 65536], TEN_GB)
        }
        Case::Export => {
            write!(stream, "{ok}\r\n")?;
            repeat(&mut stream, &[b'x'; 65536], TEN_GB)
        }
        Case::CompressedExport => {
            write!(stream, "{ok}content-encoding: gzip\r\n\r\n")?;
            let level = flate2::Compression::fast();
            let mut gzip = flate2::write::GzEncoder::new(stream, level);
            repeat(&mut gzip, &[b'x'; 65536], TEN_GB)
        }
        Case::Page => {
            write!(stream, "{ok}content-type: application/json\r\n\r\n")?;
            stream.write_all(br#"{"total_count":1000000,"has_more":false,"sessions":["#)?;
            let mut sessions = String::new();
            for number in 0..1_000_000_u128 {
                let comma = if number == 0 { "" } else { "," };
                let id = Uuid::from_u128(number);
                sessions.push_str(&format!(r#"{comma}{{"id":"{id}","title":"a"}}"#));
                if sessions.len() > 65536 {
                    stream.write_all(sessions.as_bytes())?;
                    sessions.clear();
                }
            }
            write!(stream, "{sessions}]}}")
        }
    }
}

fn repeat(into: &mut impl Write, piece: &[u8], bytes: u64) -> std::io::Result<()> {
    let mut sent = 0;
    while sent < bytes {
        into.write_all(piece)?;
        sent += piece.len() as u64;
    }
    into.flush()
}

/// The most memory that this process has had so far.
fn peak_kib() -> Result<u64, String> {
    let status = std::fs::read_to_string("/proc/self/status");
    let status = status.map_err(|_| "the system does not tell the peak of memory".to_owned())?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse().ok());
    peak.ok_or_else(|| "the system does not tell the peak of memory".to_owned())
}
