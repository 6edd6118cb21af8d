//! Calls of other methods: they go to the server behind, in this process, over a socket that nobody
//! else is heard over. It is told the client's certificate, and asks of each call what it asks of all.
//!
//! Each client's connection has one of its own there: who does not read holds up nobody else.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Incoming;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::header::HeaderValue;
use hyper::http::uri::{Authority, PathAndQuery, Scheme};
use hyper::{HeaderMap, Request, Response, Uri, Version};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::UnixStream;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::answer::{Answer, without_message};
use super::base64;
use super::refusal::Refusal;
use super::{Client, Edge};
use crate::host::{EndedCall, Shown};
use crate::server::guests::Busy;

/// The client's certificate, DER.
const CERTIFICATE: &str = "openjpki-client-certificate-bin";
/// Octets of a certificate; those of the mesh have a tenth.
const LARGEST: usize = 8 * 1024;
/// Octets of one call's answers that its client has not taken.
const WINDOW: u32 = 64 * 1024;
/// Service and method, as calls that were lost are told of: what was called is the caller's own text.
const LOST: &str = "behind/any";
/// For the server behind to take a connection.
const CONNECTING: Duration = Duration::from_secs(5);

/// What shows that a call comes from here.
const SECRET: &str = "openjpki-front-secret-bin";

pub(super) struct Behind {
    socket: PathBuf,
    secret: HeaderValue,
    window: u32,
}

/// A client's connection there, once it called.
pub(super) type Connected = Mutex<Option<SendRequest<Incoming>>>;

impl Behind {
    /// `calls`: of one connection at once.
    pub(super) fn new((socket, secret): (PathBuf, &[u8]), calls: u32) -> Self {
        let window = WINDOW.saturating_mul(calls.saturating_add(1)).min(1 << 30);
        let secret = HeaderValue::from_bytes(&base64::written(secret));
        // Base64 is text that a header may have; without a secret nobody there would listen.
        let mut secret = secret.unwrap_or(HeaderValue::from_static(""));
        secret.set_sensitive(true);
        Self {
            socket,
            secret,
            window,
        }
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

/// As the server behind is told of it; nothing of what is larger than any of the mesh.
pub(super) fn header(der: &[u8]) -> Option<HeaderValue> {
    let fits = der.len() <= LARGEST;
    let header = fits.then(|| HeaderValue::from_bytes(&base64::written(der)));
    header.and_then(Result::ok)
}

impl Client {
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

/// Why a call was not answered behind.
enum Broken {
    /// It never got there.
    NotHandedOn(Refusal),
    /// It did, and was broken off there: with this code of gRPC (its protocol's table of HTTP/2 errors).
    Off(u16, &'static str),
}

pub(super) async fn pass(
    edge: &Edge,
    client: &Client,
    request: Request<Incoming>,
    busy: Busy,
) -> Response<Answer> {
    if request.method() != hyper::Method::POST || request.uri().path_and_query().is_none() {
        let refusal = Refusal::new("NOT_IMPLEMENTED", "the service has no such method");
        return without_message(edge.reasons.trailers(&refusal));
    }
    let began = Instant::now();
    match passed(edge, client, request).await {
        Ok(response) => {
            edge.count_handed_on("OK");
            response.map(|body| Answer::Behind(body, busy))
        }
        Err(Broken::NotHandedOn(refusal)) => {
            let code = edge.reasons.of(&refusal).name;
            edge.tell_lost(client, code, began.elapsed());
            without_message(edge.reasons.trailers(&refusal))
        }
        Err(Broken::Off(code, name)) => {
            edge.tell_lost(client, name, began.elapsed());
            // As gRPC itself says it: no refusal, since the call may have been carried out.
            let mut trailers = HeaderMap::with_capacity(2);
            trailers.insert("grpc-status", HeaderValue::from(code));
            // Nor is it called again by gRPC's own retries.
            trailers.insert("grpc-retry-pushback-ms", HeaderValue::from_static("-1"));
            without_message(trailers)
        }
    }
}

impl Edge {
    /// In counts and in the log, by the name of the code of gRPC.
    fn tell_lost(&self, client: &Client, code: &'static str, took: Duration) {
        self.lines.write(EndedCall {
            method: Arc::from(LOST),
            peer: match &client.shown {
                Shown::Peer(peer) => Some(peer.names[0].clone()),
                Shown::Nobody(_) => None,
            },
            reason: Some(code),
            field: None,
            took,
        });
        self.count_handed_on(code);
    }

    fn count_handed_on(&self, code: &'static str) {
        let mut counted = self
            .handed_on
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *counted.entry(code).or_default() += 1;
    }
}

async fn passed(
    edge: &Edge,
    client: &Client,
    mut request: Request<Incoming>,
) -> Result<Response<Incoming>, Broken> {
    let Some(header) = &client.header else {
        let text = "the client certificate is larger than any of the mesh";
        return Err(Broken::NotHandedOn(Refusal::new("UNAUTHENTICATED", text)));
    };
    // Whoever calls says nothing here: this is taken for what it showed.
    let headers = request.headers_mut();
    headers.insert(CERTIFICATE, header.clone());
    headers.insert(SECRET, edge.behind.secret.clone());
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = target(path).ok_or_else(away)?;
    *request.version_mut() = Version::HTTP_2;
    let mut sender = client.sender(&edge.behind).await.ok_or_else(away)?;
    sender.ready().await.map_err(|_| away())?;
    sender
        .send_request(request)
        .await
        .map_err(|error| why(&error))
}

fn away() -> Broken {
    let text = "the service takes no more calls";
    Broken::NotHandedOn(Refusal::new("SERVICE_UNAVAILABLE", text))
}

fn why(error: &hyper::Error) -> Broken {
    let reason = std::error::Error::source(error)
        .and_then(|it| it.downcast_ref::<h2::Error>())
        .and_then(h2::Error::reason);
    match reason {
        Some(h2::Reason::REFUSED_STREAM) => away(),
        Some(h2::Reason::CANCEL) => Broken::Off(1, "CANCELLED"),
        Some(h2::Reason::ENHANCE_YOUR_CALM) => Broken::Off(8, "RESOURCE_EXHAUSTED"),
        Some(_) => Broken::Off(13, "INTERNAL"),
        // The connection went under it.
        None => Broken::Off(14, "UNAVAILABLE"),
    }
}

fn target(path: Option<PathAndQuery>) -> Option<Uri> {
    let mut parts = hyper::http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(Authority::from_static("localhost"));
    parts.path_and_query = path;
    Uri::from_parts(parts).ok()
}
