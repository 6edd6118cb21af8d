//! A connection that ends without losing its last answer (RFC 9112 9.6), and does not wait for ever for
//! its peer to take what it is sent.
//!
//! Were a socket closed with octets of its peer unread, the system would reset the connection, and
//! the peer might never see what it was told. So this side ends first, and what still comes is read
//! and let go of, for a while. It keeps its seat meanwhile.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep, timeout};

const LINGERS: Duration = Duration::from_secs(1);
const LET_GO: usize = 256 * 1024;

/// Where a connection is put that was told something, and has not ended on the other side.
#[derive(Clone, Default)]
pub(super) struct Left(Arc<Mutex<Option<TcpStream>>>);

impl Left {
    fn put(&self, stream: TcpStream) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
    }

    /// Until nothing is lost any more, if there is anything to lose.
    pub(super) async fn let_go(self) {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stream) = left {
            let _ = timeout(LINGERS, let_go(stream)).await;
        }
    }
}

async fn let_go(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let (mut octets, mut left) = ([0; 4096], LET_GO);
    while let Ok(read @ 1..) = stream.read(&mut octets).await {
        match left.checked_sub(read) {
            Some(less) => left = less,
            None => return,
        }
    }
}

pub(super) struct Lingering {
    stream: Option<TcpStream>,
    left: Left,
    told: bool,
    has_ended: bool,
    patience: Duration,
    waits: Option<Pin<Box<Sleep>>>,
}

impl Lingering {
    /// `patience`: for the other side to take an octet.
    pub(super) fn new(stream: TcpStream, left: Left, patience: Duration) -> Self {
        Self {
            stream: Some(stream),
            left,
            told: false,
            has_ended: false,
            patience,
            waits: None,
        }
    }

    fn stream(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        Ok(Pin::new(stream))
    }

    /// Whether it has waited too long already.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let patience = self.patience;
        let waits = self.waits.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(waits.as_mut().poll(context));
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take().filter(|_| self.told && !self.has_ended) {
            self.left.put(stream);
        }
    }
}

impl AsyncRead for Lingering {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (before, room) = (buffer.filled().len(), buffer.remaining());
        let read = ready!(self.stream()?.poll_read(context, buffer));
        let nothing = room > 0 && buffer.filled().len() == before;
        self.has_ended |= read.is_err() || nothing;
        Poll::Ready(read)
    }
}

impl AsyncWrite for Lingering {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.stream()?.poll_write(context, octets) {
            Poll::Ready(written) => {
                self.waits = None;
                self.told |= written.is_ok();
                self.has_ended |= written.is_err();
                Poll::Ready(written)
            }
            Poll::Pending => {
                let late = ready!(self.poll_patience(context));
                self.has_ended = true;
                Poll::Ready(Err(late))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(context)
    }
}
