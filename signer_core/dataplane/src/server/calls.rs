//! One connection over which calls of gRPC come.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::Shared;
use super::at_once::AtOnce;
use super::connection::{Ends, HEADER};
use super::gathered::gathered;
use super::guests::Seat;
use super::preface;
use crate::counts::Ended;
use crate::grpc::{Client, Edge, serve as call};
use crate::host::Shown;

/// Octets of one call's message that are not read yet.
const STREAM: u32 = 64 * 1024;
/// Octets of the messages of a connection that are not read yet.
const MESSAGES: u32 = 256 * 1024;
/// Octets of one call's answers that its peer has not taken.
const ANSWERS: usize = 64 * 1024;
/// What a client may do wrong about streams in a connection's time: it also does so where this side
/// ended a call and frames of it were on their way.
const WRONG: usize = 1024;
/// For what nobody takes to be taken after all.
const LAST: Duration = Duration::from_secs(1);

pub(super) async fn serve<S>(
    stream: S,
    (der, shown): (&[u8], Option<Shown>),
    edge: &Arc<Edge>,
    shared: &Arc<Shared>,
    seat: &Arc<Seat>,
    mut ends: Ends,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // Who could not be asked about comes again.
    let Some(shown) = shown else { return };
    // A client may be there long before it calls, but not without speaking HTTP/2.
    let Some(stream) = preface::read(stream).await else {
        return;
    };
    seat.asks();
    let limits = &edge.limits;
    let ending = watch::channel(false).0;
    let client = Client::new(shown, der, Arc::clone(seat), ending.subscribe());
    let client = Arc::new(client);
    let service = service_fn(|request: Request<Incoming>| {
        call(
            Arc::clone(edge),
            Arc::clone(shared),
            Arc::clone(&client),
            request,
        )
    });
    let at_once = AtOnce::default();
    let mut builder = http2::Builder::new(at_once.clone());
    builder
        .timer(TokioTimer::new())
        // gRPC has no use for it.
        .auto_date_header(false)
        .max_concurrent_streams(limits.of_one_connection)
        .initial_stream_window_size(STREAM)
        .initial_connection_window_size(MESSAGES)
        .max_send_buf_size(ANSWERS)
        .keep_alive_interval(limits.keep_alive)
        .keep_alive_timeout(limits.keep_alive_timeout)
        // All its calls may be taken back at once, by one deadline.
        .max_pending_accept_reset_streams(limits.of_one_connection as usize)
        .max_local_error_reset_streams(WRONG)
        .max_header_list_size(HEADER);
    let (stream, turns) = gathered(stream, at_once);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut may_stay = true;
    let grace = tokio::select! {
        () = turns.of(connection.as_mut()) => return,
        () = ends.any() => shared.limits.drain,
        () = sleep(age(shared.limits.age)) => {
            may_stay = false;
            limits.age_grace
        }
        () = seat.idle(shared.limits.next_request) => shared.limits.drain,
        () = client.untaken.late() => {
            shared.ended(Ended::NotTaken);
            LAST
        }
    };
    connection.as_mut().graceful_shutdown();
    if !may_stay {
        // Streams go on for as long as an old connection may, unless there is more reason to end.
        let hurry = tokio::select! {
            () = turns.of(connection.as_mut()) => return,
            () = ends.any() => true,
            () = client.untaken.late() => {
                shared.ended(Ended::NotTaken);
                false
            }
            () = sleep(grace) => false,
        };
        ending.send_replace(true);
        let left = if hurry { shared.limits.drain } else { LAST };
        let _ = timeout(left, turns.of(connection)).await;
        return;
    }
    ending.send_replace(true);
    let _ = timeout(grace, turns.of(connection)).await;
}

/// A tenth more or less: those who came together do not come again together.
fn age(age: Duration) -> Duration {
    let mut octet = [128];
    let _ = SystemRandom::new().fill(&mut octet);
    age.mul_f64(0.9 + 0.2 * f64::from(octet[0]) / 255.0)
}
