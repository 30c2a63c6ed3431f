//! Connections: accepted up to a limit, served, and closed when idle, old, or asked to.

use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    Extension, Router,
    http::{HeaderValue, Request, Version, header::CONNECTION},
    response::Response,
};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto::Builder,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time,
};
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use super::{
    Shared, files,
    lingering::Lingering,
    places::{Calls, Place, Places},
};

/// How long accepting rests after it failed, which is mostly for want of file descriptors.
const REST: Duration = Duration::from_millis(100);

/// How long an idle connection that makes room may take to say so: a call that was just sent is answered still.
const ROOM_GRACE: Duration = Duration::from_secs(1);

/// How often a client over HTTP/2 is asked whether it is still there, and how long it has to say so.
const PING: Duration = Duration::from_secs(20);

/// Who is at the other end of a connection without TLS.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// Accepts and serves connections until `closes` turns true; then ends when the calls under way have ended.
pub(super) async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    shared: Arc<Shared>,
    mut closes: watch::Receiver<bool>,
) {
    let places = Places::new(files::connections(shared.limits.connections));
    let mut open = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = closed(&mut closes) => break,
            accepted = listener.accept() => accepted,
        };
        while open.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let place = tokio::select! {
                    biased;
                    () = closed(&mut closes) => break,
                    place = places.take() => place,
                };
                open.spawn(connection(
                    stream,
                    peer,
                    place,
                    acceptor.clone(),
                    router.clone(),
                    shared.clone(),
                    closes.clone(),
                ));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                time::sleep(REST).await;
            }
        }
    }
    drop(listener);
    while open.join_next().await.is_some() {}
}

/// Serves one connection to its end.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    place: Place,
    acceptor: Option<TlsAcceptor>,
    router: Router,
    shared: Arc<Shared>,
    mut closes: watch::Receiver<bool>,
) {
    let calls = &place.calls;
    shared.metrics.connections.inc();
    // Only costs latency if it fails.
    let _ = stream.set_nodelay(true);
    match acceptor {
        None => {
            let router = router.layer(Extension(Peer(peer.ip())));
            http(Box::new(stream), false, router, &shared, calls, &mut closes).await;
        }
        Some(acceptor) => {
            let limit = shared.limits.handshake_time;
            let handshake = tokio::select! {
                ended = time::timeout(limit, acceptor.accept(stream)) => Some(ended),
                () = closed(&mut closes) => None,
                () = calls.has_to_make_room() => None,
            };
            match handshake {
                Some(Ok(Ok(stream))) => {
                    let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    http(Box::new(stream), http2, router, &shared, calls, &mut closes).await;
                }
                Some(Ok(Err(error))) if is_alert(&error) => {
                    shared.metrics.tls_refusals.inc();
                    tracing::warn!(%error, "a client refused this server; does it trust the certificate's authority?");
                }
                Some(Ok(Err(error))) => tracing::debug!(%error, "TLS handshake failed"),
                Some(Err(_)) => tracing::debug!("TLS handshake took too long"),
                None => {}
            }
        }
    }
    shared.metrics.connections.dec();
}

/// Whether the client ended the handshake, as API servers do that have another `caBundle`.
fn is_alert(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|e| e.downcast_ref());
    matches!(cause, Some(rustls::Error::AlertReceived(_)))
}

/// What a connection's bytes go over. HTTP is one code for either port: twice the code would be resident twice.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn http(
    stream: Box<dyn Stream>,
    http2: bool,
    router: Router,
    shared: &Arc<Shared>,
    calls: &Arc<Calls>,
    closes: &mut watch::Receiver<bool>,
) {
    let limits = &shared.limits;
    let service = service_fn({
        let (calls, shared) = (calls.clone(), shared.clone());
        move |request| answer(calls.clone(), router.clone(), request, shared.clone())
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING);
    let builder = if http2 {
        builder.http2_only()
    } else {
        builder.http1_only()
    };
    let mut connection =
        pin!(builder.serve_connection(TokioIo::new(Lingering::new(stream)), service));
    let age = async {
        time::sleep(limits.connection_age).await;
        if !http2 {
            // HTTP/1.1 cannot say that no more calls are taken but in an answer, so a next call is waited for.
            calls.retiring.store(true, Ordering::Relaxed);
            time::sleep(limits.idle_time).await;
        }
    };
    let grace = tokio::select! {
        ended = connection.as_mut() => {
            if let Err(error) = ended {
                tracing::debug!(error, "connection failed");
            }
            return;
        }
        () = closed(closes) => limits.grace,
        () = age => limits.grace,
        () = calls.idle(limits.idle_time) => limits.grace,
        () = calls.has_to_make_room() => match calls.answered() {
            Some(_) => limits.grace.min(ROOM_GRACE),
            None => return,
        },
    };
    connection.as_mut().graceful_shutdown();
    if time::timeout(grace, connection).await.is_err() && !calls.is_idle() {
        tracing::warn!("a connection was cut off with calls under way");
    }
}

async fn answer(
    calls: Arc<Calls>,
    mut router: Router,
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response, Infallible> {
    calls.begin();
    let http1 = request.version() < Version::HTTP_2;
    let mut response = router.call(request).await?;
    if http1 && (calls.retiring.load(Ordering::Relaxed) || !shared.health.is_ready()) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    calls.end();
    Ok(response)
}

/// Ends when `closes` turns true, or when nobody is left to say so.
async fn closed(closes: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone.
    let _ = closes.wait_for(|closes| *closes).await;
}
