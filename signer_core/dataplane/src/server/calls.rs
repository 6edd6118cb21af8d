//! One connection over which calls of gRPC come.

use std::pin::pin;
use std::sync::Arc;

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, BufReader};
use tokio::time::{sleep, timeout};

use super::Shared;
use super::connection::{Ends, HEADER, RESETS};
use super::guests::Seat;
use crate::grpc::{Client, Edge, serve as call};
use crate::host::Shown;

/// Octets of one call's message that are not read yet.
const STREAM: u32 = 64 * 1024;
/// Octets of the messages of a connection that are not read yet.
const MESSAGES: u32 = 256 * 1024;
/// Octets of a connection's answers that its peer has not taken.
const ANSWERS: usize = 64 * 1024;

pub(super) async fn serve<S>(
    stream: S,
    (der, shown): (&[u8], Option<Shown>),
    edge: &Arc<Edge>,
    shared: &Arc<Shared>,
    seat: &Arc<Seat>,
    ends: Ends,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = BufReader::new(stream);
    // A client may be there long before it calls, but not without speaking HTTP/2.
    if !matches!(stream.fill_buf().await, Ok(octets) if !octets.is_empty()) {
        return;
    }
    seat.asks();
    let limits = &edge.limits;
    let client = Client::new(shown, Arc::clone(seat), ends.stop.clone()).with_certificate(der);
    let client = Arc::new(client);
    let service = service_fn(|request: Request<Incoming>| {
        call(
            Arc::clone(edge),
            Arc::clone(shared),
            Arc::clone(&client),
            request,
        )
    });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.of_one_connection)
        .initial_stream_window_size(STREAM)
        .initial_connection_window_size(MESSAGES)
        .max_send_buf_size(ANSWERS)
        .keep_alive_interval(limits.keep_alive)
        .keep_alive_timeout(limits.keep_alive_timeout)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(RESETS)
        .max_header_list_size(HEADER);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let grace = tokio::select! {
        _ = connection.as_mut() => return,
        () = ends.any() => shared.limits.drain,
        () = sleep(shared.limits.age) => limits.age_grace,
        () = seat.idle(shared.limits.next_request) => shared.limits.drain,
    };
    connection.as_mut().graceful_shutdown();
    let _ = timeout(grace, connection).await;
}
