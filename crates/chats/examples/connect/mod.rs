//! Where the examples get their client: from the service if `AIONVISION_API_KEY` is
//! set, otherwise from a server that runs inside the example.

use chats::Client;
use chats_server::Server;

/// A client, and the server behind it if it runs here.
pub(crate) struct Connection {
    pub(crate) client: Client,
    server: Option<Server>,
}

/// Connects to the service, or starts a server and connects to that.
pub(crate) async fn connect() -> Result<Connection, Box<dyn std::error::Error>> {
    if std::env::var_os("AIONVISION_API_KEY").is_some() {
        let client = Client::from_env()?;
        // This is a real account, whose sessions and quota are used.
        let url = std::env::var("AIONVISION_BASE_URL");
        let url = url.unwrap_or_else(|_| "https://api.aionvision.tech/api/v2".to_owned());
        eprintln!("Using the service at {url}");
        return Ok(Connection {
            client,
            server: None,
        });
    }
    let server = Server::builder().start().await?;
    let client = Client::builder()
        .base_url(server.base_url())
        .api_key(server.api_key())
        .build()?;
    Ok(Connection {
        client,
        server: Some(server),
    })
}

impl Connection {
    /// Waits for sessions that are being closed, then stops the server.
    pub(crate) async fn close(self) {
        self.client.shutdown().await;
        if let Some(server) = self.server {
            server.shutdown().await;
        }
    }
}
