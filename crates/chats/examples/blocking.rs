//! The same calls on a plain thread. Build it with `--features blocking`.

use std::error::Error;

use chats::blocking::Client;
use chats_server::Server;

fn main() -> Result<(), Box<dyn Error>> {
    // The embedded server needs a runtime of its own; the client does not.
    let runtime = tokio::runtime::Runtime::new()?;
    let server = runtime.block_on(Server::builder().start())?;
    let client = Client::builder()
        .base_url(server.base_url())
        .api_key(server.api_key())
        .build()?;

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

    client.shutdown().run()?;
    runtime.block_on(server.shutdown());
    Ok(())
}
