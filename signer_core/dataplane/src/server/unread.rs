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
    seen: Seen,
    telling: Option<Telling>,
    unsent: Vec<u8>,
}

/// What has passed either way.
struct Seen {
    /// Octets of HTTP/2's beginning that have come; nothing once another one has.
    preface: Option<usize>,
    /// Whether all that was written has been taken.
    is_whole: bool,
}

impl<S> Unread<S> {
    pub(super) fn new(stream: S, shared: Arc<Shared>) -> Self {
        Self {
            stream,
            shared,
            seen: Seen {
                preface: Some(0),
                is_whole: true,
            },
            telling: None,
            unsent: Vec::new(),
        }
    }
}

impl Seen {
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
        .any(|line| line.to_ascii_lowercase().starts_with(REQUEST_ID.as_ref()))
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
        self.seen
            .came(buffer.filled().get(before..).unwrap_or_default());
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
        if let Some(status) = self.seen.refusal(octets) {
            let shared = Arc::clone(&self.shared);
            self.telling = Some(Box::pin(refusal(shared, status)));
            return Poll::Ready(Ok(octets.len()));
        }
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, octets))?;
        self.seen.is_whole = written == octets.len();
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

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &[u8] = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\r\n";
    const OURS: &[u8] = b"HTTP/1.1 415 Unsupported Media Type\r\nX-Request-Id: 1\r\n\r\n";

    fn after(came: &[&[u8]]) -> Seen {
        let mut seen = Seen {
            preface: Some(0),
            is_whole: true,
        };
        for octets in came {
            seen.came(octets);
        }
        seen
    }

    #[test]
    fn what_hyper_says_by_itself_is_known_and_nothing_else() {
        let seen = after(&[b"GET / HTTP/1.1\r\n"]);
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        assert_eq!(seen.refusal(OWN), Some(status));
        assert_eq!(seen.refusal(OURS), None);
        assert_eq!(seen.refusal(b"HTTP/1.1 200 OK\r\n\r\n"), None);
        assert_eq!(seen.refusal(b"HTTP/1.1 4"), None);
    }

    /// The rest of an answer may be what its asker chose, such as a nonce.
    #[test]
    fn the_inside_of_an_answer_is_not_looked_at() {
        let mut seen = after(&[b"POST / HTTP/1.1\r\n"]);
        seen.is_whole = false;
        assert_eq!(seen.refusal(OWN), None);
    }

    #[test]
    fn nothing_of_http_2_is_looked_at() {
        for came in [&[HTTP_2][..], &[b"PRI * HTT", &HTTP_2[9..], b"more"]] {
            assert_eq!(after(came).refusal(OWN), None);
        }
        for came in [
            &[&b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"[..]][..],
            &[b"PRI"],
            &[],
        ] {
            assert!(after(came).refusal(OWN).is_some());
        }
    }
}
