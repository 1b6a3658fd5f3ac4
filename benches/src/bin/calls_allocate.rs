//! Counts on the client's side: `calls_allocate SERVER CLIENT CALL` prints how many
//! allocations a call makes, and with `idle` for CALL how many bytes an idle stream holds.

use chats_bench::calls::Calling;
use chats_bench::idle::Idling;

/// So many that what is done now and then, such as looking at every 2^n-th reply for fields
/// that are not in the contract, counts for as much as it does in a program.
const CALLS: u32 = 1000;

/// How many idle streams are opened.
const STREAMS: usize = 1000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [server, client, call] = &arguments[..] else {
        panic!("calls_allocate SERVER CLIENT CALL");
    };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().expect("a runtime");
    if call == "idle" {
        let client = Idling::named(client, server);
        let mut open = vec![runtime.block_on(client.open())];
        open.reserve(STREAMS);
        let held = allocation_counter::measure(|| {
            for _ in 0..STREAMS {
                open.push(runtime.block_on(client.open()));
            }
        });
        println!("{}", held.bytes_current / STREAMS as i64);
        return;
    }
    let client = Calling::named(client, &format!("{server}/{call}"));
    let calls = |n| {
        for _ in 0..n {
            runtime.block_on(client.call(call));
        }
    };
    calls(20);
    let allocated = allocation_counter::measure(|| calls(CALLS));
    println!("{}", allocated.count_total as f64 / f64::from(CALLS));
}
