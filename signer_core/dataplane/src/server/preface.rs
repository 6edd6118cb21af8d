//! What a client of HTTP/2 begins with (RFC 9113 3.4).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};

const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// With the header of the frame that comes next.
const BEGINNING: usize = PREFACE.len() + 9;
/// In that header, the frame's type.
const TYPE: usize = PREFACE.len() + 3;
const SETTINGS: u8 = 4;

/// Reads it, and gives back the stream as if nobody had; nothing for what begins otherwise.
pub(super) async fn read<S: AsyncRead + Unpin>(mut stream: S) -> Option<Begun<S>> {
    let mut beginning = [0; BEGINNING];
    stream.read_exact(&mut beginning).await.ok()?;
    let is_one = beginning.starts_with(PREFACE) && beginning[TYPE] == SETTINGS;
    is_one.then_some(Begun {
        beginning,
        read: 0,
        stream,
    })
}

pub(super) struct Begun<S> {
    beginning: [u8; BEGINNING],
    read: usize,
    stream: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Begun<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read < BEGINNING {
            let left = &self.beginning[self.read..];
            let now = left.len().min(buffer.remaining());
            buffer.put_slice(&left[..now]);
            self.read += now;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Begun<S> {
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
    use super::*;

    #[tokio::test]
    async fn nothing_of_it_is_lost() {
        let all = [&PREFACE[..], &[0, 0, 0, SETTINGS, 0, 0, 0, 0, 0], b"more"].concat();
        let mut begun = read(&all[..]).await.unwrap();
        let mut seen = Vec::new();
        begun.read_to_end(&mut seen).await.unwrap();
        assert_eq!(seen, all);
    }

    #[tokio::test]
    async fn what_begins_otherwise_is_none() {
        let ping = [&PREFACE[..], &[0, 0, 8, 6, 0, 0, 0, 0, 0]].concat();
        let others: [&[u8]; 4] = [b"", b"P", &[b'P'; BEGINNING], &ping];
        for other in others {
            assert!(read(other).await.is_none());
        }
    }
}
