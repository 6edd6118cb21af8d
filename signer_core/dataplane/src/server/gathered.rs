//! What a connection has to say is written once in each of its turns, and not answer by answer: each
//! writing is a record of TLS and a call of the system.
//!
//! HTTP/2 flushes whenever it looks for another call. So what it writes in a turn is kept here, and goes
//! out in a second look at the end of the turn, or when there is much of it.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// More is written at once. A record of TLS has no more.
const MOST: usize = 16 * 1024;

/// Whether there is something that was kept, and whether it may stay.
#[derive(Default)]
struct Turn {
    keeps: AtomicBool,
    kept: AtomicBool,
}

/// The stream that is written to.
pub(super) struct Gathered<S> {
    stream: S,
    kept: Vec<u8>,
    written: usize,
    turn: Arc<Turn>,
}

/// Makes turns of what a connection does over its stream.
pub(super) struct Turns(Arc<Turn>);

pub(super) fn gathered<S>(stream: S) -> (Gathered<S>, Turns) {
    let turn = Arc::<Turn>::default();
    let gathered = Gathered {
        stream,
        kept: Vec::new(),
        written: 0,
        turn: Arc::clone(&turn),
    };
    (gathered, Turns(turn))
}

impl Turns {
    /// Until the connection ends. What is kept in a turn goes out at the end of it.
    pub(super) async fn of<F: Future>(&self, mut connection: Pin<&mut F>) {
        poll_fn(|context| {
            self.0.keeps.store(true, Ordering::Relaxed);
            let polled = connection.as_mut().poll(context);
            self.0.keeps.store(false, Ordering::Relaxed);
            if polled.is_pending() && self.0.kept.load(Ordering::Relaxed) {
                return connection.as_mut().poll(context).map(drop);
            }
            polled.map(drop)
        })
        .await;
    }
}

impl<S: AsyncWrite + Unpin> Gathered<S> {
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
        self.turn.kept.store(false, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gathered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gathered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.kept.len() >= MOST {
            ready!(self.poll_out(context))?;
        }
        let room = (MOST - self.kept.len()).min(octets.len());
        self.kept.extend_from_slice(&octets[..room]);
        self.turn.kept.store(true, Ordering::Relaxed);
        Poll::Ready(Ok(room))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.turn.keeps.load(Ordering::Relaxed) {
            return Poll::Ready(Ok(()));
        }
        ready!(self.poll_out(context))?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_out(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
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
        let (stream, turns) = gathered(takes.clone());
        let said = ["one", "two", "three"].map(|it| it.as_bytes().to_vec());
        let mut connection = pin!(says(stream, said.into()));
        once(pin!(turns.of(connection.as_mut()))).await;
        assert_eq!(*takes.0.lock().unwrap(), [b"onetwothree"]);
    }

    #[tokio::test]
    async fn much_goes_out_in_parts() {
        let takes = Takes::default();
        let (stream, turns) = gathered(takes.clone());
        let said: Vec<_> = (0..5).map(|it| vec![it; 3 * MOST / 4]).collect();
        let mut connection = pin!(says(stream, said.clone()));
        once(pin!(turns.of(connection.as_mut()))).await;
        let taken = takes.0.lock().unwrap();
        assert!(taken.concat() == said.concat());
        assert_eq!(taken.len(), 4);
    }

    #[tokio::test]
    async fn who_takes_it_slowly_gets_all() {
        let (here, mut there) = duplex(100);
        let (stream, turns) = gathered(here);
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
