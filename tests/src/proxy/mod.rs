//! A TCP proxy between a client and a server that fails as planned, request by
//! request. What can go wrong is in [`fault`], how one request passes in
//! [`passage`], the clock that makes nobody wait for it in [`clock`].

pub mod clock;
pub mod fault;
mod passage;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

pub use clock::FaultClock;
pub use fault::NetworkFault;
pub use passage::Passage;

/// Where the server is; `None` while it is down.
pub type Upstream = watch::Receiver<Option<SocketAddr>>;

/// The proxy. Dropping it ends it.
#[derive(Debug)]
pub struct FaultProxy(Arc<Shared>);

#[derive(Debug)]
pub(crate) struct Shared {
    address: SocketAddr,
    upstream: Upstream,
    /// Asks whoever keeps the server to kill it.
    kill: mpsc::UnboundedSender<()>,
    lane: Mutex<Lane>,
    /// How many requests are held in silence at the moment.
    stalled: watch::Sender<usize>,
    /// Holds the port while nobody listens on it.
    _reserved: TcpSocket,
}

#[derive(Debug, Default)]
struct Lane {
    faults: VecDeque<NetworkFault>,
    passages: Vec<Passage>,
    listening: Option<Listening>,
}

/// The task that listens, and how it is asked to end.
#[derive(Debug)]
struct Listening {
    task: JoinHandle<()>,
    /// Dropping it says: close what is open, as far as the client has noticed it.
    open: watch::Sender<()>,
}

impl FaultProxy {
    /// A proxy before this server; `kill` is told when the server shall die.
    ///
    /// # Panics
    ///
    /// If there is no free loopback port.
    pub fn start(upstream: Upstream, kill: mpsc::UnboundedSender<()>) -> Self {
        let reserved = socket(SocketAddr::from(([127, 0, 0, 1], 0)));
        let shared = Arc::new(Shared {
            address: reserved.local_addr().expect("a bound socket"),
            upstream,
            kill,
            lane: Mutex::default(),
            stalled: watch::Sender::new(0),
            _reserved: reserved,
        });
        shared.open(&mut shared.lane());
        Self(shared)
    }

    /// The base URL for a client.
    pub fn base_url(&self) -> String {
        format!("http://{}/api/v2", self.0.address)
    }

    /// A clock for the clients of this proxy.
    pub fn clock(&self) -> FaultClock {
        FaultClock::new(Arc::clone(&self.0))
    }

    /// What the coming requests meet, one fault each; then nothing goes wrong.
    ///
    /// # Panics
    ///
    /// Never: the count of held requests lives as long as the proxy.
    pub async fn plan(&self, faults: Vec<NetworkFault>) {
        // A request that was given up must not let the next one time out.
        let mut held = self.0.stalled.subscribe();
        held.wait_for(|held| *held == 0).await.expect("it lives");
        {
            let mut lane = self.0.lane();
            lane.faults = faults.into();
            lane.passages.clear();
        }
        self.0.obey().await;
    }

    /// What became of the requests since the plan was made.
    pub fn passages(&self) -> Vec<Passage> {
        self.0.lane().passages.clone()
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        if let Some(listening) = &self.0.lane().listening {
            listening.task.abort();
        }
    }
}

impl Shared {
    fn lane(&self) -> MutexGuard<'_, Lane> {
        self.lane.lock().expect("nobody panics with the lane")
    }

    /// A refusal concerns the listener, not a request: opens or closes it.
    async fn obey(self: &Arc<Self>) {
        let closing = {
            let mut lane = self.lane();
            if lane.faults.front() == Some(&NetworkFault::Refuse) {
                lane.listening.take()
            } else {
                self.open(&mut lane);
                None
            }
        };
        if let Some(Listening { task, open }) = closing {
            drop(open);
            // Only then is the port closed, and what was connected gone.
            let _ = task.await;
        }
    }

    /// The client waits before it tries again: if nobody listened, the refusal
    /// has been met.
    async fn next_attempt(self: &Arc<Self>) {
        {
            let mut lane = self.lane();
            if lane.listening.is_none() {
                lane.faults.pop_front();
                lane.passages.push(Passage::refused());
            }
        }
        self.obey().await;
    }

    fn open(self: &Arc<Self>, lane: &mut Lane) {
        if lane.listening.is_none() {
            let listener = socket(self.address).listen(128).expect("the port is ours");
            let (open, closing) = watch::channel(());
            lane.listening = Some(Listening {
                task: tokio::spawn(listen(listener, Arc::clone(self), closing)),
                open,
            });
        }
    }
}

/// A socket on this address, which others of ours may have as well.
fn socket(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("an option of sockets");
    #[cfg(unix)]
    socket.set_reuseport(true).expect("an option of sockets");
    socket.bind(address).expect("a loopback port");
    socket
}

async fn listen(listener: TcpListener, shared: Arc<Shared>, mut closing: watch::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // Who has connected is told that it is over, not left in the queue.
            biased;
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { break };
                while connections.try_join_next().is_some() {}
                connections.spawn(passage::serve(client, Arc::clone(&shared), closing.clone()));
            }
            // It never changes: its end is what is waited for.
            _ = closing.changed() => break,
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}
