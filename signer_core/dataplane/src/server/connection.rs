//! One connection, from its first octet to its end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::caller::{Caller, Who};
use super::guests::Seat;
use super::lingering::{Left, Lingering};
use super::seldom::Seldom;
use super::tls::{Tls, Trust};
use super::unread::Unread;
use super::untaken::Untaken;
use super::{Shared, calls};
use crate::counts::Ended;
use crate::host::Shown;
use crate::http;

/// Octets of a request's header.
pub(super) const HEADER: u32 = 16 * 1024;
/// Requests of one connection at once, over HTTP/2.
const STREAMS: u32 = 64;
/// Octets of the bodies of all these together that are not read yet.
const BODIES: u32 = 64 * 1024;
/// Streams that a client may take back before they were looked at.
const RESETS: usize = 20;

/// For a connection that makes room to say so: its caller then knows which calls nobody looked at.
const GOODBYE: Duration = Duration::from_millis(500);

/// What ends connections without ending what they are in the middle of.
pub(super) struct Ends {
    pub(super) stop: watch::Receiver<bool>,
    /// Of TLS: whose certificates are trusted has changed.
    pub(super) trust: Option<Trust>,
    /// Of one that says goodbye: it makes room for another.
    pub(super) room: Option<watch::Receiver<bool>>,
}

impl Ends {
    pub(super) async fn any(&mut self) {
        let trust = async {
            match &mut self.trust {
                Some(trust) => trust.changes().await,
                None => std::future::pending().await,
            }
        };
        let room = async {
            match &mut self.room {
                Some(room) => drop(room.changed().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.stop.changed() => {}
            () = trust => {}
            () = room => {}
        }
    }
}

pub(super) async fn serve(
    stream: TcpStream,
    seat: Arc<Seat>,
    shared: Arc<Shared>,
    tls: Option<Arc<Tls>>,
    ends: Ends,
) {
    let _ = stream.set_nodelay(true);
    let left = Left::default();
    let patience = shared.grpc.as_ref().map(|it| it.limits.silence());
    let patience = patience.unwrap_or(shared.limits.next_request);
    let stream = Lingering::new(stream, left.clone(), patience);
    let (leaves, room) = watch::channel(false);
    let ends = Ends {
        room: shared.grpc.is_some().then_some(room),
        ..ends
    };
    let mut work = pin!(async {
        match tls {
            None => {
                let who = Who::Address(seat.address);
                spoken(stream, who, &shared, &seat, ends).await;
            }
            Some(tls) => secured(stream, &tls, &shared, &seat, ends).await,
        }
    });
    let why = tokio::select! {
        biased;
        () = work.as_mut() => None,
        why = Seldom::new(async {
            tokio::select! {
                () = seat.ended() => Ended::MadeRoom,
                () = silent(&shared, &seat) => Ended::Silent,
            }
        }) => Some(why),
    };
    match why {
        Some(why) => {
            shared.ended(why);
            if shared.grpc.is_some() && seat.has_asked() {
                leaves.send_replace(true);
                let _ = timeout(GOODBYE, work).await;
            }
        }
        None => tokio::select! {
            () = left.let_go() => {}
            () = seat.ended() => {}
        },
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
    ends: Ends,
) {
    let shaken = timeout(shared.limits.first_request, tls.shake_hands(stream)).await;
    if let Ok(Some(shaken)) = shaken {
        let trust = Some(shaken.trust);
        let ends = Ends { trust, ..ends };
        if let Some(edge) = &shared.grpc {
            let shown = (&shaken.der[..], shaken.shown);
            calls::serve(shaken.stream, shown, edge, shared, seat, ends).await;
            return;
        }
        let peer = match shaken.shown {
            Some(Shown::Peer(peer)) => Some(peer),
            Some(Shown::Nobody(_)) | None => None,
        };
        spoken(shaken.stream, Who::Peer(peer), shared, seat, ends).await;
    }
}

async fn spoken<S>(stream: S, who: Who, shared: &Arc<Shared>, seat: &Arc<Seat>, mut ends: Ends)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = Unread::new(stream, Arc::clone(shared));
    let untaken: Arc<Untaken> = Arc::default();
    let caller = Arc::new(Caller::new(who, Arc::clone(seat), Arc::clone(&untaken)));
    let service = service_fn(|request: Request<Incoming>| {
        let came = seat.asks();
        http::serve(Arc::clone(shared), request, Arc::clone(&caller), came)
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        // Whose header does not come is silent or idle, which ends its connection below as well. hyper's
        // own time-out makes and drops a timer for each request, and has it read once more after each.
        .header_read_timeout(None)
        .half_close(true)
        .max_buf_size(HEADER as usize)
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(2 * HEADER)
        .initial_connection_window_size(BODIES)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .max_header_list_size(HEADER);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let not_taken = Seldom::new(async {
        tokio::select! {
            () = ends.any() => false,
            () = sleep(shared.limits.age) => false,
            () = seat.idle(shared.limits.next_request) => false,
            () = untaken.late() => true,
        }
    });
    tokio::select! {
        // Both are asked in every turn, in whichever order: to draw it takes time.
        biased;
        _ = connection.as_mut() => return,
        not_taken = not_taken => if not_taken {
            shared.ended(Ended::NotTaken);
            return;
        }
    }
    connection.as_mut().graceful_shutdown();
    // As long as one that is in progress may take; who takes no answer keeps nothing open.
    let longest = shared.limits.read + shared.limits.sign;
    let _ = timeout(longest, connection).await;
}
