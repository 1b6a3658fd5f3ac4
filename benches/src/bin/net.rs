//! One measurement over loopback, in a process of its own; prints numbers.
//!
//! `net serve` is the server; every other command takes its address first:
//! `stream CLIENT SCENARIO N` (nanoseconds of client time a stream, median
//! nanoseconds to the first text), `call CLIENT CALL N` (nanoseconds of client
//! time a call), `idle CLIENT N` (bytes a stream), `pages PREFETCH WORK_MS`
//! (milliseconds), `images PAGE_SIZE` (milliseconds, to the first item, in all),
//! `build CLIENT N` (nanoseconds a client).

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
            ["stream", server, client, scenario, n] => {
                stream(client, &format!("{server}/{scenario}"), number(n)).await;
            }
            ["call", server, client, call, n] => {
                calls(client, &format!("{server}/{call}"), call, number(n)).await;
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

async fn stream(client: &str, base: &str, n: usize) {
    let mut client = Streaming::named(client, base).await;
    for _ in 0..n.min(20) {
        client.read().await;
    }
    let before = cpu();
    let mut first = Vec::with_capacity(n);
    for _ in 0..n {
        first.push(client.read().await.1);
    }
    let time = cpu().saturating_sub(before);
    first.sort_unstable();
    println!(
        "{} {}",
        time.as_nanos() / n as u128,
        first[n / 2].as_nanos()
    );
}

async fn calls(client: &str, base: &str, call: &str, n: usize) {
    let client = Calling::named(client, base);
    for _ in 0..n.min(50) {
        client.call(call).await;
    }
    let before = cpu();
    for _ in 0..n {
        assert!(client.call(call).await > 0);
    }
    let time = cpu().saturating_sub(before);
    println!("{}", time.as_nanos() / n as u128);
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
