//! One connection, from its first octet to its end.

use std::future::Future;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::Shared;
use super::guests::Seat;
use super::lingering::Lingering;
use super::tls::Tls;
use super::unread::Unread;
use crate::host::Peer;
use crate::http;
use crate::registry::Asker;

/// Octets of a request's header.
const HEADER: u32 = 16 * 1024;
/// Requests of one connection at once, over HTTP/2.
const STREAMS: u32 = 64;
/// Octets of the bodies of all these together that are not read yet.
const BODIES: u32 = 256 * 1024;
/// Streams that a client may take back before they were looked at.
const RESETS: usize = 20;

pub(super) async fn serve(
    stream: TcpStream,
    seat: Arc<Seat>,
    shared: Arc<Shared>,
    tls: Option<Arc<Tls>>,
    stop: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let stream = Lingering::new(stream);
    let work = async {
        match tls {
            None => {
                let who = Who::Address(seat.address);
                spoken(
                    Unread::new(stream, Arc::clone(&shared)),
                    who,
                    &shared,
                    &seat,
                    stop,
                )
                .await;
            }
            Some(tls) => secured(stream, &tls, &shared, &seat, stop).await,
        }
    };
    tokio::select! {
        () = work => {}
        () = seat.ended() => {}
        () = silent(&shared, &seat) => {}
    }
}

/// Until a connection has not asked for too long.
async fn silent(shared: &Shared, seat: &Seat) {
    sleep(shared.limits.first_request).await;
    if seat.has_asked() {
        std::future::pending::<()>().await;
    }
}

async fn secured(
    stream: Lingering,
    tls: &Arc<Tls>,
    shared: &Arc<Shared>,
    seat: &Arc<Seat>,
    stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(tls.newest().await);
    let Ok(Ok(stream)) = timeout(shared.limits.first_request, acceptor.accept(stream)).await else {
        return;
    };
    let shown = stream.get_ref().1.peer_certificates();
    let peer = match shown.and_then(<[_]>::first) {
        Some(der) => tls.peer(&der.clone()).await,
        None => None,
    };
    let stream = Unread::new(stream, Arc::clone(shared));
    spoken(stream, Who::Peer(peer), shared, seat, stop).await;
}

#[derive(Clone)]
enum Who {
    Address(IpAddr),
    Peer(Option<Arc<Peer>>),
}

async fn spoken<S>(
    stream: S,
    who: Who,
    shared: &Arc<Shared>,
    seat: &Arc<Seat>,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        let busy = seat.busy();
        let (shared, asker) = (Arc::clone(shared), asker(&who, shared));
        async move {
            let answer = http::serve(shared, request, asker).await;
            drop(busy);
            answer
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.next_request)
        .half_close(true)
        .max_buf_size(HEADER as usize)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(2 * HEADER)
        .initial_connection_window_size(BODIES)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .max_header_list_size(HEADER)
        .keep_alive_interval(shared.limits.next_request)
        .keep_alive_timeout(shared.limits.first_request);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => {}
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = ended(connection).await;
        }
    }
}

async fn ended<C: Future>(connection: Pin<&mut C>) -> C::Output {
    connection.await
}

fn asker(who: &Who, shared: &Shared) -> Asker {
    match who {
        Who::Address(address) => Asker::At(*address),
        Who::Peer(peer) => shared.plane.asker(peer.as_deref()),
    }
}
