//! An HTTP proxy: tunnels by CONNECT, and records all that it was sent unencrypted.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// The proxy. Dropping it ends it.
#[derive(Debug)]
pub struct ConnectProxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl ConnectProxy {
    /// One that lets everybody through, or nobody: those get 407.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn start(lets_through: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let all_heads = Arc::clone(&heads);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(tunnel(client, Arc::clone(&all_heads), lets_through));
            }
        });
        Self { port, heads, task }
    }

    /// Where it listens on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The heads of the requests, as they came.
    ///
    /// # Panics
    ///
    /// If a test panicked while it looked at them.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for ConnectProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn tunnel(
    mut client: TcpStream,
    heads: Arc<Mutex<Vec<String>>>,
    lets_through: bool,
) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await.ok()?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    heads.lock().unwrap().push(head.clone());
    let target = head.strip_prefix("CONNECT ")?.split(' ').next()?.to_owned();
    if !lets_through {
        let no = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        client.write_all(no).await.ok()?;
        return None;
    }
    let mut server = TcpStream::connect(target).await.ok()?;
    let yes = b"HTTP/1.1 200 Connection established\r\n\r\n";
    client.write_all(yes).await.ok()?;
    copy_bidirectional(&mut client, &mut server).await.ok()?;
    Some(())
}
