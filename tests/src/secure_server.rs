//! A server that speaks TLS, with HTTP/1.1 or HTTP/2, and certificates made for
//! the test: good ones, and such as must be refused.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What is wrong with the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Nothing: it is signed by [`SecureServer::root_pem`].
    Good,
    /// It is signed by itself.
    SelfSigned,
    /// It names another host.
    OtherHost,
    /// It was good for a day in 2020.
    Expired,
}

/// A request that came through.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The version of HTTP.
    pub version: Version,
    /// The path and query, as sent.
    pub target: String,
    /// The header of that name.
    pub authorization: Option<String>,
    /// The body.
    pub body: Bytes,
}

/// What a request is answered with: status, one header, body.
pub type Script = fn(&str) -> (u16, (&'static str, String), String);

/// How the server treats what comes.
#[derive(Clone, Debug)]
struct Behaviour {
    script: Script,
    /// Whether its replies end.
    ends: bool,
    /// How many more requests it turns away.
    refusals: Arc<AtomicU32>,
    /// How the first connection closes, until it has.
    goodbye: Arc<Mutex<Option<Goodbye>>>,
}

/// How an HTTP/2 connection closes in order once a request has come.
#[derive(Clone, Copy, Debug)]
pub struct Goodbye {
    /// The last stream that was worked on, as it says: 0 for none, 1 for the first.
    pub last_stream: u32,
}

impl Behaviour {
    fn of(script: Script) -> Self {
        Self {
            script,
            ends: true,
            refusals: Arc::default(),
            goodbye: Arc::default(),
        }
    }
}

/// As many streams as one connection may carry here.
const MAX_STREAMS: u32 = 1000;

/// A body that is sent, and what becomes of its end.
struct Answer {
    body: Option<Bytes>,
    ends: bool,
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.body.take() {
            Some(body) => Poll::Ready(Some(Ok(Frame::data(body)))),
            None if self.ends => Poll::Ready(None),
            // Nothing wakes it: the connection ends first.
            None => Poll::Pending,
        }
    }
}

/// The server. Dropping it ends it.
#[derive(Debug)]
pub struct SecureServer {
    address: SocketAddr,
    root_pem: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl SecureServer {
    /// Starts one that offers these protocols, best first.
    ///
    /// # Panics
    ///
    /// If no certificate can be made, or there is no free port.
    pub async fn start(certificate: Certificate, alpn: &[&str], script: Script) -> Self {
        Self::serve(certificate, alpn, Behaviour::of(script)).await
    }

    /// As [`start`](Self::start) over HTTP/2 with a good certificate, but the first so many
    /// requests are turned away with `REFUSED_STREAM`. [`seen`](Self::seen) has them, too.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn refusing(refusals: u32, script: Script) -> Self {
        let behaviour = Behaviour {
            refusals: Arc::new(AtomicU32::new(refusals)),
            ..Behaviour::of(script)
        };
        Self::serve(Certificate::Good, &["h2"], behaviour).await
    }

    /// As [`start`](Self::start) over HTTP/2 with a good certificate, but the first
    /// connection answers its first request by closing.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn closing(goodbye: Goodbye, script: Script) -> Self {
        let behaviour = Behaviour {
            goodbye: Arc::new(Mutex::new(Some(goodbye))),
            ..Behaviour::of(script)
        };
        Self::serve(Certificate::Good, &["h2"], behaviour).await
    }

    /// As [`start`](Self::start) with a good certificate, but no reply ever ends.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn without_ends(alpn: &[&str], script: Script) -> Self {
        let behaviour = Behaviour {
            ends: false,
            ..Behaviour::of(script)
        };
        Self::serve(Certificate::Good, alpn, behaviour).await
    }

    async fn serve(certificate: Certificate, alpn: &[&str], behaviour: Behaviour) -> Self {
        let (config, root_pem) = config(certificate, alpn);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let all_seen = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, seen) = (acceptor.clone(), Arc::clone(&all_seen));
                let behaviour = behaviour.clone();
                connections.spawn(async move {
                    // A client that does not trust us says so in the handshake.
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let goodbye = behaviour.goodbye.lock().unwrap().take();
                    if let Some(goodbye) = goodbye {
                        // A client that is gone hears nothing.
                        let _ = say_goodbye(stream, goodbye).await;
                        return;
                    }
                    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    let answer =
                        service_fn(|request| answer(request, Arc::clone(&seen), behaviour.clone()));
                    let io = TokioIo::new(stream);
                    if h2 {
                        let mut builder =
                            hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                        builder.max_concurrent_streams(MAX_STREAMS);
                        let _ = builder.serve_connection(io, answer).await;
                    } else {
                        let builder = hyper::server::conn::http1::Builder::new();
                        let _ = builder.serve_connection(io, answer).await;
                    }
                });
            }
        });
        Self {
            address,
            root_pem,
            seen,
            task,
        }
    }

    /// The base URL for a client.
    pub fn base_url(&self) -> String {
        format!("https://localhost:{}/api/v2", self.address.port())
    }

    /// Only the port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The root that signed a good certificate.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// The requests so far.
    ///
    /// # Panics
    ///
    /// If a test panicked while it looked at them.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for SecureServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Waits for a request and closes, frame by frame as RFC 9113 has them.
async fn say_goodbye(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    goodbye: Goodbye,
) -> std::io::Result<()> {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const HEADERS: u8 = 1;
    const SETTINGS: u8 = 4;
    const GOAWAY: u8 = 7;
    /// The head of a frame of the whole connection, without flags.
    fn head(length: u8, kind: u8) -> [u8; 9] {
        [0, 0, length, kind, 0, 0, 0, 0, 0]
    }
    stream.write_all(&head(0, SETTINGS)).await?;
    stream.read_exact(&mut [0; PREFACE.len()]).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await?;
        if head[3] == HEADERS {
            break;
        }
    }
    let no_error = 0_u32.to_be_bytes();
    stream.write_all(&head(8, GOAWAY)).await?;
    stream.write_all(&goodbye.last_stream.to_be_bytes()).await?;
    stream.write_all(&no_error).await?;
    stream.shutdown().await
}

async fn answer(
    request: Request<Incoming>,
    seen: Arc<Mutex<Vec<Seen>>>,
    behaviour: Behaviour,
) -> Result<Response<Answer>, Box<dyn Error + Send + Sync>> {
    let (head, body) = request.into_parts();
    let target = head
        .uri
        .path_and_query()
        .map_or("", |target| target.as_str());
    let authorization = head.headers.get("authorization");
    let one = Seen {
        version: head.version,
        target: target.to_owned(),
        authorization: authorization.and_then(|value| Some(value.to_str().ok()?.to_owned())),
        body: body.collect().await?.to_bytes(),
    };
    let (status, (name, value), body) = (behaviour.script)(&one.target);
    seen.lock().unwrap().push(one);
    let less = |left: u32| left.checked_sub(1);
    let refusals = &behaviour.refusals;
    if refusals
        .fetch_update(Ordering::SeqCst, Ordering::SeqCst, less)
        .is_ok()
    {
        return Err(h2::Error::from(h2::Reason::REFUSED_STREAM).into());
    }
    let response = Response::builder().status(status).header(name, value);
    let body = Some(Bytes::from(body));
    let ends = behaviour.ends;
    Ok(response.body(Answer { body, ends }).unwrap())
}

fn config(certificate: Certificate, alpn: &[&str]) -> (rustls::ServerConfig, String) {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root_pem = root.self_signed(&root_key).unwrap().pem();
    let issuer = Issuer::new(root, root_key);

    let host = match certificate {
        Certificate::OtherHost => "elsewhere.example",
        _ => "localhost",
    };
    let key = KeyPair::generate().unwrap();
    let mut leaf = CertificateParams::new([host.to_owned()]).unwrap();
    if certificate == Certificate::Expired {
        leaf.not_before = date_time_ymd(2020, 1, 1);
        leaf.not_after = date_time_ymd(2020, 1, 2);
    }
    let signed = match certificate {
        Certificate::SelfSigned => leaf.self_signed(&key),
        _ => leaf.signed_by(&key, &issuer),
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![signed.unwrap().der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    (config, root_pem)
}
