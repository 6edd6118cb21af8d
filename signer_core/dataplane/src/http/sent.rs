//! A list on its way, piece by piece: of what everybody shares nothing is copied.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

use crate::lists::List;
use crate::server::guests::{Busy, Taken};
use crate::server::untaken::Waits;

/// A connection has no more than this of a list at a time, beside what the system has.
const PIECE: usize = 32 * 1024;

/// What a list that is sent has of what there is for all.
pub(crate) struct Held {
    pub(super) _list: Arc<List>,
    pub(super) _taken: Arc<Taken>,
    pub(super) _busy: Busy,
    pub(super) _waits: Waits,
}

/// A piece that holds it until it has gone to its client's connection.
struct Piece(Bytes, #[allow(dead_code)] Arc<Held>);

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// What is left of it.
pub(crate) struct Sent {
    left: Bytes,
    held: Option<Arc<Held>>,
}

impl Sent {
    pub(super) fn new(octets: Bytes, held: Held) -> Self {
        Self {
            left: octets,
            held: Some(Arc::new(held)),
        }
    }
}

impl Body for Sent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = PIECE.min(self.left.len());
        let piece = self.left.split_to(next);
        let held = self.held.clone().filter(|_| next > 0);
        if self.left.is_empty() {
            self.held = None;
        }
        Poll::Ready(held.map(|it| Ok(Frame::data(Bytes::from_owner(Piece(piece, it))))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
