//! The answer to what is no HTTP, in our words.
//!
//! hyper answers what it can't read by itself, without an id, and tells nobody before. Its answer is
//! the only one without `X-Request-Id` that begins like this, so it is known by that when it is
//! written, and another is sent in its place.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Shared;
use crate::host::Said;
use crate::http::ids::{REQUEST_ID, new_id};
use crate::registry::Via;

const REFUSES: &[u8] = b"HTTP/1.1 4";

type Telling = Pin<Box<dyn Future<Output = Vec<u8>> + Send>>;

/// A connection as hyper sees it.
pub(super) struct Unread<S> {
    stream: S,
    shared: Arc<Shared>,
    telling: Option<Telling>,
    unsent: Vec<u8>,
}

impl<S> Unread<S> {
    pub(super) fn new(stream: S, shared: Arc<Shared>) -> Self {
        Self {
            stream,
            shared,
            telling: None,
            unsent: Vec::new(),
        }
    }
}

fn is_hypers(octets: &[u8]) -> bool {
    octets.starts_with(REFUSES)
        && !octets
            .split(|octet| *octet == b'\n')
            .any(|line| line.to_ascii_lowercase().starts_with(REQUEST_ID.as_bytes()))
}

/// Logged first, so that whoever is told finds it there.
async fn refusal(shared: Arc<Shared>) -> Vec<u8> {
    let id = new_id();
    let via = Via::Nobody.name();
    shared.told(Said::Http(400), via, None, &id).await;
    format!(
        "HTTP/1.1 400 Bad Request\r\nX-Request-Id: {id}\r\nCache-Control: no-store\r\n\
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
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Unread<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_unsent(context))?;
        if is_hypers(octets) {
            let shared = Arc::clone(&self.shared);
            self.telling = Some(Box::pin(refusal(shared)));
            return Poll::Ready(Ok(octets.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, octets)
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
