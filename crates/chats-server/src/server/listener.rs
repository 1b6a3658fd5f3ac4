//! Accepting connections and serving HTTP/1.1 on each.

use std::io;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Connection, ResetSwitch};
use crate::fault::Doomed;

/// The wait after a failed accept, such as when file descriptors run out: trying again at
/// once would only keep the processor busy.
const AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(50);

/// Serves until it is asked to stop, and returns when no connection is left.
pub(super) async fn listen(
    listener: TcpListener,
    router: Router,
    timeout: Duration,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(AFTER_FAILED_ACCEPT).await;
                    continue;
                }
            },
        };
        connections.spawn(serve(stream, router.clone(), timeout, stop.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn serve(stream: TcpStream, router: Router, timeout: Duration, stop: CancellationToken) {
    // Tokens are small and each should leave at once.
    let _ = stream.set_nodelay(true);
    let reset = ResetSwitch::default();
    let connection = Connection::new(stream, reset.clone(), timeout);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(reset.clone());
        let reply = router.call(request);
        async move {
            let Ok(reply) = reply.await;
            match reply.extensions().get::<Doomed>() {
                Some(_) => Err(io::Error::new(
                    io::ErrorKind::ConnectionReset,
                    "reset on purpose",
                )),
                None => Ok(reply),
            }
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .serve_connection(TokioIo::new(connection), service);
    tokio::select! {
        // A reply that is under way is cut: shutting down must not wait for a stream.
        () = stop.cancelled() => {}
        served = serving => if let Err(error) = served {
            tracing::debug!(%error, "a connection ended early");
        },
    }
}
