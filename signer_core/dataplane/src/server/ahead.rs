//! Reads more from the system at once than TLS asks for.
//!
//! TLS asks for some four thousand octets, whatever waits: a message of a thousand serial numbers would
//! take as many calls of the system as it has quarters of a record. Who sends little is read as before,
//! and nothing is kept for a connection that says nothing.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::task::coop::poll_proceed;

/// Octets at once, where there may be many.
const MANY: usize = 32 * 1024;

pub(super) struct Ahead<S> {
    stream: S,
    read: BytesMut,
    /// Whether the last time there was more than was asked for.
    is_much: bool,
}

impl<S> Ahead<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            read: BytesMut::new(),
            is_much: false,
        }
    }
}

impl<S: AsyncRead + Unpin> Ahead<S> {
    fn poll_many(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.read.reserve(MANY);
        pin!(self.stream.read_buf(&mut self.read)).poll(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Ahead<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        if self.read.is_empty() {
            if !self.is_much || room >= MANY {
                let before = buffer.filled().len();
                ready!(Pin::new(&mut self.stream).poll_read(context, buffer))?;
                self.is_much = room > 0 && buffer.filled().len() - before == room;
                return Poll::Ready(Ok(()));
            }
            let Poll::Ready(read) = self.poll_many(context) else {
                self.read = BytesMut::new();
                return Poll::Pending;
            };
            self.is_much = read? > room;
        } else {
            // As if it had been read now: else a connection's turn could last eight times as long.
            ready!(poll_proceed(context)).made_progress();
        }
        let now = room.min(self.read.len());
        buffer.put_slice(&self.read[..now]);
        self.read.advance(now);
        if self.read.is_empty() && !self.is_much {
            self.read = BytesMut::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Ahead<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, octets)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn all_comes_in_its_order_and_nothing_is_kept_for_who_says_nothing() {
        let (mut there, here) = tokio::io::duplex(3 * MANY);
        let mut here = Ahead::new(here);
        let said: Vec<u8> = (0..MANY * 2 + 7).map(|it| it as u8).collect();
        for pieces in [1, 13, 4096, MANY + 1] {
            there.write_all(&said).await.unwrap();
            let mut heard = Vec::new();
            while heard.len() < said.len() {
                let mut piece = vec![0; pieces.min(said.len() - heard.len())];
                let read = here.read(&mut piece).await.unwrap();
                assert!(read > 0);
                heard.extend_from_slice(&piece[..read]);
            }
            assert!(heard == said, "{pieces}");
            let mut none = [0; 8];
            let more = here.read(&mut none);
            assert!(waits(more).await);
            assert_eq!(here.read.capacity(), 0);
        }
        drop(there);
        assert_eq!(here.read(&mut [0; 8]).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn what_is_here_already_takes_its_part_of_a_turn_as_well() {
        let (mut there, here) = tokio::io::duplex(3 * MANY);
        let mut here = Ahead::new(here);
        there.write_all(&[7; 2 * MANY]).await.unwrap();
        // So that much is read ahead.
        assert_eq!(here.read(&mut [0; 16]).await.unwrap(), 16);
        assert_eq!(here.read(&mut [0; 16]).await.unwrap(), 16);
        tokio::task::yield_now().await;
        let mut read = 0;
        while !waits(here.read(&mut [0; 16])).await {
            read += 1;
        }
        assert!(read <= 128, "{read}");
        assert!(!here.read.is_empty());
    }

    async fn waits(reading: impl Future) -> bool {
        let mut reading = pin!(reading);
        std::future::poll_fn(|context| Poll::Ready(reading.as_mut().poll(context).is_pending()))
            .await
    }
}
