//! What a call is answered with.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Response};
use tokio::sync::mpsc::Receiver;

use super::wire::Writer;
use crate::server::guests::Busy;

const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");

/// One piece of a stream; an error: the stream is broken off.
pub(super) type Piece = Result<Frame<Bytes>, BrokenOff>;

/// The other side is told that it is not all.
#[derive(Debug)]
pub(crate) struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("the stream is broken off")
    }
}

impl std::error::Error for BrokenOff {}

/// The body of an answer.
pub(crate) enum Answer {
    /// Nothing: all is in the header.
    None,
    /// A message, and then the trailers.
    One(Option<Bytes>, Option<HeaderMap>),
    /// As they come.
    Stream(Receiver<Piece>),
    /// Another server's.
    Behind(Incoming, #[allow(dead_code)] Busy),
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.get_mut() {
            Self::None => Poll::Ready(None),
            Self::One(message, trailers) => Poll::Ready(match message.take() {
                Some(message) => Some(Ok(Frame::data(message))),
                None => trailers.take().map(|it| Ok(Frame::trailers(it))),
            }),
            Self::Stream(pieces) => {
                let piece = pieces.poll_recv(context);
                piece.map(|it| it.map(|it| it.map_err(Into::into)))
            }
            Self::Behind(body, _) => {
                let frame = Pin::new(body).poll_frame(context);
                frame.map(|it| it.map(|it| it.map_err(Into::into)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::None => true,
            Self::One(message, trailers) => message.is_none() && trailers.is_none(),
            Self::Stream(_) => false,
            Self::Behind(body, _) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// A message as gRPC frames it; `write` writes it.
pub(super) fn framed(room: usize, write: impl FnOnce(&mut Writer)) -> Bytes {
    let mut written = Writer(Vec::with_capacity(room + 5));
    written.0.put_slice(&[0; 5]);
    write(&mut written);
    let length = u32::try_from(written.0.len() - 5).unwrap_or(u32::MAX);
    written.0[1..5].copy_from_slice(&length.to_be_bytes());
    written.0.into()
}

/// What ends a call that is answered.
pub(super) fn good() -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    trailers
}

pub(super) fn with_message(message: Bytes) -> Response<Answer> {
    with(Answer::One(Some(message), Some(good())))
}

pub(super) fn with_stream(pieces: Receiver<Piece>) -> Response<Answer> {
    with(Answer::Stream(pieces))
}

/// What ends a call is all there is.
pub(super) fn without_message(trailers: HeaderMap) -> Response<Answer> {
    let mut response = with(Answer::None);
    response.headers_mut().extend(trailers);
    response
}

fn with(answer: Answer) -> Response<Answer> {
    let mut response = Response::new(answer);
    response.headers_mut().insert(CONTENT_TYPE, GRPC);
    response
}
