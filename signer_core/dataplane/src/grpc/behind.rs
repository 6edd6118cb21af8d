//! Calls of other methods: they go to the server behind, in this process, over a socket that nobody
//! else reaches. It is told the client's certificate, and asks of each call what it asks of all.
//!
//! Each client's connection has one of its own there: who does not read holds up nobody else.

use std::path::PathBuf;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::header::HeaderValue;
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{Request, Response, Uri, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::UnixStream;
use tokio::sync::{Mutex, watch::Receiver};
use tokio::time::timeout;

use std::sync::Arc;

use super::answer::{Answer, without_message};
use super::base64;
use super::refusal::Refusal;
use super::{Client, Edge};
use crate::host::Shown;
use crate::server::guests::{Busy, Seat};

/// The client's certificate, DER.
const CERTIFICATE: &str = "openjpki-client-certificate-bin";
/// Octets of a certificate; those of the mesh have a tenth.
const LARGEST: usize = 8 * 1024;
/// Octets of one call's answers that its client has not taken.
const WINDOW: u32 = 64 * 1024;
/// For the server behind to take a connection.
const CONNECTING: Duration = Duration::from_secs(5);

pub(super) struct Behind {
    socket: PathBuf,
    window: u32,
}

/// A client's connection there, once it called.
pub(super) type Connected = Mutex<Option<SendRequest<Incoming>>>;

impl Behind {
    /// `calls`: of one connection at once.
    pub(super) fn new(socket: PathBuf, calls: u32) -> Self {
        let window = WINDOW.saturating_mul(calls.saturating_add(1)).min(1 << 30);
        Self { socket, window }
    }

    async fn connect(&self) -> Option<SendRequest<Incoming>> {
        let stream = UnixStream::connect(&self.socket).await.ok()?;
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .initial_stream_window_size(WINDOW)
            // What one call's client does not read takes nothing of another's.
            .initial_connection_window_size(self.window);
        let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.ok()?;
        // It ends with the last who may send something over it.
        tokio::spawn(async move {
            let _ = connection.await;
        });
        Some(sender)
    }
}

impl Client {
    pub(crate) fn new(shown: Option<Shown>, seat: Arc<Seat>, stop: Receiver<bool>) -> Self {
        Self {
            header: None,
            shown,
            seat,
            stop,
            behind: Connected::default(),
        }
    }

    /// With the certificate that it showed.
    pub(crate) fn with_certificate(self, der: &[u8]) -> Self {
        let fits = der.len() <= LARGEST;
        let header = HeaderValue::from_bytes(&base64::written(der));
        Self {
            header: header.ok().filter(|_| fits),
            ..self
        }
    }

    async fn sender(&self, behind: &Behind) -> Option<SendRequest<Incoming>> {
        let mut held = self.behind.lock().await;
        let mut sender = held.take().filter(|it| !it.is_closed());
        if sender.is_none() {
            sender = timeout(CONNECTING, behind.connect()).await.ok()?;
        }
        held.clone_from(&sender);
        sender
    }
}

pub(super) async fn pass(
    edge: &Edge,
    client: &Client,
    request: Request<Incoming>,
    busy: Busy,
) -> Response<Answer> {
    let Some(header) = &client.header else {
        let refusal = Refusal::new("UNAUTHENTICATED", "a client certificate is required");
        return without_message(edge.reasons.trailers(&refusal));
    };
    match passed(edge, client, request, header).await {
        Some(response) => response.map(|body| Answer::Behind(body, busy)),
        None => {
            let refusal = Refusal::new("SERVICE_UNAVAILABLE", "the service takes no more calls");
            without_message(edge.reasons.trailers(&refusal))
        }
    }
}

async fn passed(
    edge: &Edge,
    client: &Client,
    mut request: Request<Incoming>,
    header: &HeaderValue,
) -> Option<Response<Incoming>> {
    let mut sender = client.sender(&edge.behind).await?;
    // Whoever calls says nothing here: this is taken for what it showed.
    request.headers_mut().insert(CERTIFICATE, header.clone());
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = target(path)?;
    *request.version_mut() = Version::HTTP_2;
    sender.ready().await.ok()?;
    sender.send_request(request).await.ok()
}

fn target(path: Option<PathAndQuery>) -> Option<Uri> {
    let mut parts = hyper::http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(Authority::from_static("localhost"));
    parts.path_and_query = path;
    Uri::from_parts(parts).ok()
}
