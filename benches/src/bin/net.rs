//! One measurement over loopback, in a process of its own; prints numbers.
//!
//! `net serve` is the server; every other command takes its address first:
//! `stream SCENARIO TURNS BATCH CLIENT…` (nanoseconds of client time a stream, and to the
//! first text), `call CALL TURNS BATCH CLIENT…` (nanoseconds of client time a call), each a
//! line for each client, which take turns and read a batch in each; `idle CLIENT N` (bytes
//! a stream), `pages PREFETCH WORK_MS` (milliseconds), `images PAGE_SIZE` (milliseconds, to
//! the first item, in all), `build CLIENT N` (nanoseconds a client).

use std::time::{Duration, Instant};

use chats_bench::calls::Calling;
use chats_bench::clients::{Streaming, chats_client, cpu, reqwest_client, resident_bytes};
use chats_bench::idle::Idling;
use futures_util::StreamExt as _;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let several = || tokio::runtime::Builder::new_multi_thread();
    // The client's work is all on one thread, whose time is counted.
    let one = || tokio::runtime::Builder::new_current_thread();
    let mut builder = match arguments[0] {
        "serve" | "pages" | "images" => several(),
        _ => one(),
    };
    let runtime = builder.enable_all().build().expect("a runtime");
    runtime.block_on(async {
        match arguments[..] {
            ["serve"] => chats_bench::server::serve().await.expect("a server"),
            ["stream", server, scenario, turns, batch, ref clients @ ..] => {
                streams(clients, server, scenario, [number(turns), number(batch)]).await;
            }
            ["call", server, call, turns, batch, ref clients @ ..] => {
                let base = format!("{server}/{call}");
                calls(clients, &base, call, [number(turns), number(batch)]).await;
            }
            ["idle", server, client, n] => idle(client, server, number(n)).await,
            ["pages", server, prefetch, work] => {
                pages(server, number(prefetch), number(work) as u64).await;
            }
            ["images", server, size] => images(server, number(size) as u32).await,
            ["build", _, client, n] => build(client, number(n)),
            _ => panic!("no such measurement: {arguments:?}"),
        }
    });
}

fn number(text: &str) -> usize {
    text.parse().expect("a number")
}

async fn streams(names: &[&str], server: &str, scenario: &str, [turns, batch]: [usize; 2]) {
    let mut clients = Vec::new();
    for name in names {
        // It reads events of its own form.
        let scenario = match *name {
            "async-openai" => scenario.replace("plain", "openai"),
            _ => scenario.to_owned(),
        };
        let client = Streaming::named(name, &format!("{server}/{scenario}")).await;
        clients.push((client, Vec::new(), Vec::new()));
    }
    // The first turn warms up.
    for turn in 0..=turns {
        for (client, times, firsts) in &mut clients {
            let before = cpu();
            for _ in 0..batch {
                let first = client.read().await.1;
                if turn > 0 {
                    firsts.push(first.as_nanos());
                }
            }
            if turn > 0 {
                times.push((cpu() - before).as_nanos() / batch as u128);
            }
        }
    }
    for (_, times, firsts) in clients {
        println!("{} {}", median(times), median(firsts));
    }
}

async fn calls(names: &[&str], base: &str, call: &str, [turns, batch]: [usize; 2]) {
    let clients = names.iter().map(|name| Calling::named(name, base));
    let mut clients: Vec<_> = clients.map(|client| (client, Vec::new())).collect();
    // The first turn warms up.
    for turn in 0..=turns {
        for (client, times) in &mut clients {
            let before = cpu();
            for _ in 0..batch {
                assert!(client.call(call).await > 0);
            }
            if turn > 0 {
                times.push((cpu() - before).as_nanos() / batch as u128);
            }
        }
    }
    for (_, times) in clients {
        println!("{}", median(times));
    }
}

fn median(mut values: Vec<u128>) -> u128 {
    values.sort_unstable();
    values[values.len() / 2]
}

/// Opens streams that stay open.
async fn idle(client: &str, server: &str, n: usize) {
    let client = Idling::named(client, server);
    // What is made once for a client does not count.
    let mut open = vec![client.open().await];
    open.reserve(n);
    let before = resident_bytes();
    for _ in 0..n {
        open.push(client.open().await);
    }
    println!("{}", (resident_bytes() - before) / n as u64);
}

async fn pages(server: &str, prefetch: usize, work_ms: u64) {
    let chats = chats_client(&format!("{server}/pages")).chats();
    let read = async || {
        let mut pages = chats
            .iter_sessions()
            .page_size(20)
            .prefetch(prefetch)
            .pages();
        let mut items = 0;
        while let Some(page) = pages.next().await {
            items += page.expect("a page").items.len();
            if work_ms > 0 {
                tokio::time::sleep(Duration::from_millis(work_ms)).await;
            }
        }
        assert_eq!(items, 600);
    };
    read().await;
    let begun = Instant::now();
    read().await;
    println!("{}", begun.elapsed().as_secs_f64() * 1e3);
}

async fn images(server: &str, size: u32) {
    let chats = chats_client(&format!("{server}/pages")).chats();
    let read = async || {
        let begun = Instant::now();
        let mut first = None;
        let mut images = chats.iter_images().page_size(size);
        let mut items = 0;
        while let Some(image) = images.next().await {
            image.expect("an image");
            first.get_or_insert_with(|| begun.elapsed());
            items += 1;
        }
        assert_eq!(items, 20_000);
        (first.unwrap_or_default(), begun.elapsed())
    };
    read().await;
    let (first, all) = read().await;
    println!("{} {}", first.as_secs_f64() * 1e3, all.as_secs_f64() * 1e3);
}

fn build(client: &str, n: usize) {
    let make = || match client {
        "reqwest" => drop(reqwest_client()),
        _ => drop(chats_client("https://127.0.0.1")),
    };
    make();
    let before = cpu();
    for _ in 0..n {
        make();
    }
    println!("{}", cpu().saturating_sub(before).as_nanos() / n as u128);
}
