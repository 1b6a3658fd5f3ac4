//! The same calls on a plain thread, without an async runtime of your own.
//!
//! Run it with `cargo run --example blocking --features chats/blocking`: it starts a
//! server of its own, or uses the service if `AIONVISION_API_KEY` is set.

use std::error::Error;

use chats::Result;
use chats::blocking::Client;
use chats_server::Server;

fn main() -> std::result::Result<(), Box<dyn Error>> {
    if std::env::var_os("AIONVISION_API_KEY").is_some() {
        let client = Client::from_env()?;
        // This is a real account, whose sessions and quota are used.
        let url = std::env::var("AIONVISION_BASE_URL");
        let url = url.unwrap_or_else(|_| "https://api.aionvision.tech/api/v2".to_owned());
        eprintln!("Using the service at {url}");
        converse(&client)?;
        client.shutdown().run()?;
        return Ok(());
    }
    // The embedded server needs a runtime; the client does not.
    let runtime = tokio::runtime::Runtime::new()?;
    let server = runtime.block_on(Server::builder().start())?;
    let client = Client::builder()
        .base_url(server.base_url())
        .api_key(server.api_key())
        .build()?;
    converse(&client)?;
    client.shutdown().run()?;
    runtime.block_on(server.shutdown());
    Ok(())
}

fn converse(client: &Client) -> Result<()> {
    let chats = client.chats();
    let session = chats.session().title("Blocking").open().run()?;
    for token in session.send_stream("Find damaged poles").run()? {
        if let Some(text) = token?.content() {
            print!("{text}");
        }
    }
    println!();
    session.close().run()?;
    for session in chats.iter_sessions() {
        println!("{}", session?.title);
    }
    Ok(())
}
