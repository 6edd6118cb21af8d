//! What a call is answered with.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::{BufMut, Bytes};
use formats::status_calls::Writer;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Response};
use tokio::sync::mpsc::Receiver;

use super::room::Place;
use crate::server::guests::Busy;
use crate::server::untaken::Waits;

const GRPC: HeaderValue = HeaderValue::from_static("application/grpc");

/// What ends a stream, once that is known.
pub(crate) type Ending = Arc<Mutex<Option<HeaderMap>>>;

/// What a call has of what there is for all.
pub(crate) struct Held {
    pub(super) _place: Place,
    pub(super) _busy: Busy,
    pub(super) _waits: Waits,
}

/// A message whose call is one of those in progress until the last octet of it has gone to its client's
/// connection, however small the pieces that its window takes. What ends the call comes after that.
struct Kept(Bytes, #[allow(dead_code)] Held);

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// The body of an answer.
pub(crate) enum Answer {
    /// Nothing: all is in the header.
    None,
    /// A message, and then what ends the call.
    One(Option<Bytes>, Option<HeaderMap>),
    /// Messages as they come, and then what ends the call: also where the last of them were never
    /// taken.
    Stream(Receiver<Bytes>, Ending),
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
            Self::Stream(messages, ending) => messages.poll_recv(context).map(|message| {
                let message = message.map(Frame::data);
                message
                    .or_else(|| taken(ending).map(Frame::trailers))
                    .map(Ok)
            }),
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
            Self::Stream(..) => false,
            Self::Behind(body, _) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

fn taken(ending: &Ending) -> Option<HeaderMap> {
    ending.lock().unwrap_or_else(PoisonError::into_inner).take()
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

pub(super) fn with_message(message: Bytes, held: Held) -> Response<Answer> {
    let message = Bytes::from_owner(Kept(message, held));
    with(Answer::One(Some(message), Some(good())))
}

pub(super) fn with_stream((messages, ending): (Receiver<Bytes>, Ending)) -> Response<Answer> {
    with(Answer::Stream(messages, ending))
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
