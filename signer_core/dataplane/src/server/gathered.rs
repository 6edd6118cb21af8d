//! What a connection has to say is written once in each of its turns, and not answer by answer: each
//! writing is a record of TLS and a call of the system.
//!
//! HTTP/2 flushes whenever it looks for another call. So what it writes in a turn is kept here, and goes
//! out at the end of the turn, or when there is much of it.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::at_once::AtOnce;

/// More is written at once. A record of TLS has no more.
const MOST: usize = 16 * 1024;
/// Room that a connection keeps that has nothing to say.
const FEW: usize = 2 * 1024;

struct Inner<S> {
    stream: S,
    kept: Vec<u8>,
    written: usize,
    /// Whether what is written may wait for the end of the turn.
    keeps: bool,
    /// Whether anything was written that the stream may have in a buffer of its own: TLS says that it
    /// took what the system has not.
    unflushed: bool,
}

/// The stream that is written to.
pub(super) struct Gathered<S>(Arc<Mutex<Inner<S>>>);

/// Makes turns of what a connection does over its stream.
pub(super) struct Turns<S> {
    inner: Arc<Mutex<Inner<S>>>,
    begins: AtOnce,
}

/// `begins`: the calls of this connection.
pub(super) fn gathered<S>(stream: S, begins: AtOnce) -> (Gathered<S>, Turns<S>) {
    let inner = Arc::new(Mutex::new(Inner {
        stream,
        kept: Vec::new(),
        written: 0,
        keeps: false,
        unflushed: false,
    }));
    let turns = Turns {
        inner: Arc::clone(&inner),
        begins,
    };
    (Gathered(inner), turns)
}

fn lock<S>(inner: &Mutex<Inner<S>>) -> MutexGuard<'_, Inner<S>> {
    inner.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: AsyncWrite + Unpin> Turns<S> {
    /// Until the connection ends. What is kept in a turn goes out at the end of it.
    pub(super) async fn of<F: Future>(&self, mut connection: Pin<&mut F>) {
        poll_fn(|context| {
            lock(&self.inner).keeps = true;
            self.begins.begin();
            let polled = connection.as_mut().poll(context);
            self.begins.end();
            let mut inner = lock(&self.inner);
            inner.keeps = false;
            // Also where it has ended: what was said before goes out as far as there is room.
            let flushed = inner.poll_flush(context);
            drop(inner);
            match flushed {
                // It learns of it by its own flush.
                Poll::Ready(Err(_)) if polled.is_pending() => {
                    connection.as_mut().poll(context).map(drop)
                }
                _ => polled.map(drop),
            }
        })
        .await;
    }
}

impl<S: AsyncWrite + Unpin> Inner<S> {
    /// Until the stream took all; it may have it in a buffer of its own.
    fn poll_out(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(left @ [_, ..]) = self.kept.get(self.written..) {
            let written = ready!(Pin::new(&mut self.stream).poll_write(context, left))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += written;
        }
        self.kept.clear();
        self.written = 0;
        Poll::Ready(Ok(()))
    }

    fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_out(context))?;
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        if self.kept.capacity() > FEW {
            self.kept = Vec::new();
        }
        self.unflushed = false;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gathered<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut lock(&self.0).stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gathered<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut inner = lock(&self.0);
        inner.unflushed = true;
        if inner.kept.len() >= MOST {
            ready!(inner.poll_out(context))?;
        }
        let has = inner.kept.len();
        let room = (MOST - has).min(octets.len());
        if has + room > FEW {
            inner.kept.reserve_exact(MOST - has);
        }
        inner.kept.extend_from_slice(&octets[..room]);
        Poll::Ready(Ok(room))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = lock(&self.0);
        if inner.keeps {
            return Poll::Ready(Ok(()));
        }
        inner.poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = lock(&self.0);
        ready!(inner.poll_out(context))?;
        // Which flushes, too.
        Pin::new(&mut inner.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Mutex;

    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    /// Takes everything, and says by which writings it came.
    #[derive(Clone, Default)]
    struct Takes(Arc<Mutex<Vec<Vec<u8>>>>);

    impl AsyncWrite for Takes {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            octets: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.0.lock().unwrap().push(octets.to_vec());
            Poll::Ready(Ok(octets.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// Says all this, each followed by a flush, as a connection of HTTP/2 does; then waits for more.
    async fn says<S: AsyncWrite + Unpin>(mut stream: Gathered<S>, said: Vec<Vec<u8>>) {
        let (mut said, mut place) = (said.into_iter().peekable(), 0);
        poll_fn(move |context| {
            while let Some(one) = said.peek() {
                while place < one.len() {
                    place += ready!(Pin::new(&mut stream).poll_write(context, &one[place..]))?;
                }
                ready!(Pin::new(&mut stream).poll_flush(context))?;
                (_, place) = (said.next(), 0);
            }
            ready!(Pin::new(&mut stream).poll_flush(context))?;
            Poll::<io::Result<()>>::Pending
        })
        .await
        .unwrap();
    }

    async fn once<F: Future>(mut work: Pin<&mut F>) {
        poll_fn(|context| {
            let _ = work.as_mut().poll(context);
            Poll::Ready(())
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_said_in_a_turn_goes_out_together() {
        let takes = Takes::default();
        let (stream, turns) = gathered(takes.clone(), AtOnce::default());
        let said = ["one", "two", "three"].map(|it| it.as_bytes().to_vec());
        let mut connection = pin!(says(stream, said.into()));
        once(pin!(turns.of(connection.as_mut()))).await;
        assert_eq!(*takes.0.lock().unwrap(), [b"onetwothree"]);
    }

    #[tokio::test]
    async fn much_goes_out_in_parts() {
        let takes = Takes::default();
        let (stream, turns) = gathered(takes.clone(), AtOnce::default());
        let said: Vec<_> = (0..5).map(|it| vec![it; 3 * MOST / 4]).collect();
        let mut connection = pin!(says(stream, said.clone()));
        once(pin!(turns.of(connection.as_mut()))).await;
        let taken = takes.0.lock().unwrap();
        assert!(taken.concat() == said.concat());
        assert_eq!(taken.len(), 4);
    }

    /// As TLS does: takes all at once into a buffer of its own, which a flush empties.
    struct Buffers<S>(S, Vec<u8>);

    impl<S: AsyncWrite + Unpin> Buffers<S> {
        fn poll_empty(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            while !self.1.is_empty() {
                let written = ready!(Pin::new(&mut self.0).poll_write(context, &self.1))?;
                self.1.drain(..written);
            }
            Poll::Ready(Ok(()))
        }
    }

    impl<S: AsyncWrite + Unpin> AsyncWrite for Buffers<S> {
        fn poll_write(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            octets: &[u8],
        ) -> Poll<io::Result<usize>> {
            self.1.extend_from_slice(octets);
            let _ = self.poll_empty(context)?;
            Poll::Ready(Ok(octets.len()))
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            self.poll_empty(context)
        }

        fn poll_shutdown(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<io::Result<()>> {
            self.poll_empty(context)
        }
    }

    #[tokio::test]
    async fn nothing_stays_in_a_buffer_of_the_stream() {
        let (here, mut there) = duplex(100);
        let (stream, turns) = gathered(Buffers(here, Vec::new()), AtOnce::default());
        let inner = Arc::clone(&stream.0);
        let mut heard = vec![0; 10_000];
        let said: Vec<_> = (0..10).map(|it| vec![it; 1_000]).collect();
        let mut connection = pin!(says(stream, said.clone()));
        tokio::select! {
            () = turns.of(connection.as_mut()) => {}
            read = there.read_exact(&mut heard) => drop(read.unwrap()),
        }
        assert!(heard == said.concat());
        once(pin!(turns.of(connection.as_mut()))).await;
        let inner = lock(&inner);
        assert!(!inner.unflushed && inner.kept.capacity() <= FEW);
    }

    #[tokio::test]
    async fn who_takes_it_slowly_gets_all() {
        let (here, mut there) = duplex(100);
        let (stream, turns) = gathered(here, AtOnce::default());
        let said: Vec<_> = (0..9).map(|it| vec![it; MOST / 4]).collect();
        let mut heard = vec![0; said.concat().len()];
        let mut connection = pin!(says(stream, said.clone()));
        tokio::select! {
            () = turns.of(connection.as_mut()) => {}
            read = there.read_exact(&mut heard) => drop(read.unwrap()),
        }
        assert!(heard == said.concat());
    }
}
