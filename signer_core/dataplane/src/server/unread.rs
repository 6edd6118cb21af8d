//! The answer to what is no HTTP, in our words.
//!
//! hyper answers what it can't read by itself, without an id, and tells nobody before. Where a message
//! begins, its answer is the only one without `X-Request-Id` that begins like this, so it is known by
//! that when it is written, and another is sent in its place. Nothing else that is written is looked
//! at: the inside of an answer may be what its asker chose. Behind an answer that its peer has not taken
//! yet, hyper's own goes out as it is.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::SystemTime;

use hyper::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Shared;
use crate::host::Said;
use crate::http::ids::{REQUEST_ID, new_id};
use crate::registry::Via;

const REFUSES: &[u8] = b"HTTP/1.1 4";
const HTTP_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

type Telling = Pin<Box<dyn Future<Output = Vec<u8>> + Send>>;

/// A connection as hyper sees it.
pub(super) struct Unread<S> {
    stream: S,
    shared: Arc<Shared>,
    /// Octets of HTTP/2's beginning that have come; nothing once another one has.
    preface: Option<usize>,
    /// Whether all that was written has been taken.
    is_whole: bool,
    telling: Option<Telling>,
    unsent: Vec<u8>,
}

impl<S> Unread<S> {
    pub(super) fn new(stream: S, shared: Arc<Shared>) -> Self {
        Self {
            stream,
            shared,
            preface: Some(0),
            is_whole: true,
            telling: None,
            unsent: Vec::new(),
        }
    }

    fn came(&mut self, octets: &[u8]) {
        if let Some(known) = self.preface {
            let rest = HTTP_2.get(known..).unwrap_or_default();
            let same = rest.iter().zip(octets).all(|(one, other)| one == other);
            self.preface = same.then_some((known + octets.len()).min(HTTP_2.len()));
        }
    }

    /// The status, where these octets are hyper's own refusal.
    fn refusal(&self, octets: &[u8]) -> Option<StatusCode> {
        let speaks_http_2 = self.preface == Some(HTTP_2.len());
        if speaks_http_2 || !self.is_whole || !octets.starts_with(REFUSES) || has_id(octets) {
            return None;
        }
        StatusCode::from_bytes(octets.get(9..12)?).ok()
    }
}

fn has_id(octets: &[u8]) -> bool {
    octets
        .split(|octet| *octet == b'\n')
        .any(|line| line.to_ascii_lowercase().starts_with(REQUEST_ID.as_bytes()))
}

/// Logged first, so that whoever is told finds it there.
async fn refusal(shared: Arc<Shared>, status: StatusCode) -> Vec<u8> {
    let (id, via) = (new_id(), Via::Nobody.name());
    shared.plane.counts.http(status.as_u16());
    shared
        .told(Said::Http(status.as_u16()), via, None, &id)
        .await;
    let date = httpdate::fmt_http_date(SystemTime::now());
    format!(
        "HTTP/1.1 {status}\r\nX-Request-Id: {id}\r\nDate: {date}\r\nCache-Control: no-store\r\n\
         Connection: close\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}

impl<S: AsyncWrite + Unpin> Unread<S> {
    fn poll_unsent(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(telling) = &mut self.telling {
            self.unsent = ready!(telling.as_mut().poll(context));
            self.telling = None;
        }
        while !self.unsent.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.unsent))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unsent.drain(..sent);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Unread<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
        self.came(buffer.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unread<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_unsent(context))?;
        if let Some(status) = self.refusal(octets) {
            let shared = Arc::clone(&self.shared);
            self.telling = Some(Box::pin(refusal(shared, status)));
            return Poll::Ready(Ok(octets.len()));
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, octets))?;
        self.is_whole = written == octets.len();
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_unsent(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
