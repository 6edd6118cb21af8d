//! HTTP/2: a connection that several workers share (RFC 9113). A request whose content type is gRPC's
//! is a call of it: it has what a call must have, and its status is looked at.

use std::io;

use bytes::Bytes;
use h2::client::{self, SendRequest};
use http::header::{CONTENT_TYPE, HeaderValue, TE};
use http::{Request, Uri};

use super::{Failed, Socket};
use crate::prepared::{Asked, Method};

/// Octets of answers that may be on their way: the generator is never what a server waits for.
const WINDOW: u32 = 1024 * 1024;
const GRPC_STATUS: &str = "grpc-status";
/// Of a call: longer than anybody waits for it here.
const DEADLINE: &str = "60S";

/// A share in a connection.
#[derive(Clone)]
pub struct Http2 {
    sender: SendRequest<Bytes>,
    scheme: &'static str,
    host: String,
}

impl Http2 {
    /// On this socket.
    ///
    /// # Errors
    /// When the other side does not speak it.
    pub async fn new(
        stream: impl Socket + 'static,
        scheme: &'static str,
        host: &str,
    ) -> io::Result<Self> {
        let mut builder = client::Builder::new();
        builder
            .initial_window_size(WINDOW)
            .initial_connection_window_size(WINDOW)
            .enable_push(false);
        let (sender, connection) = builder.handshake(stream).await.map_err(io::Error::other)?;
        tokio::task::spawn_local(async move {
            // Whoever asks on it is told by the answer that does not come.
            let _ = connection.await;
        });
        Ok(Self {
            sender,
            scheme,
            host: host.to_owned(),
        })
    }

    /// As [`super::Link::exchange`].
    ///
    /// # Errors
    /// When there is no right answer.
    pub async fn exchange(&mut self, asked: &Asked<'_>) -> Result<(), Failed> {
        let request = self.request(asked).map_err(Failed::Lost)?;
        let mut sender = self.sender.clone().ready().await.map_err(ended)?;
        let alone = asked.body.is_empty();
        let (answer, mut body) = sender.send_request(request, alone).map_err(ended)?;
        if !alone {
            body.send_data(asked.body.clone(), true).map_err(ended)?;
        }
        let (head, mut body) = answer.await.map_err(ended)?.into_parts();
        let mut whole = Vec::new();
        while let Some(piece) = body.data().await {
            let piece = piece.map_err(lost)?;
            // Room for as many octets more; a stream that has ended needs none.
            let _ = body.flow_control().release_capacity(piece.len());
            whole.extend_from_slice(&piece);
        }
        if asked.prepared.is_grpc() {
            let trailers = body.trailers().await.map_err(lost)?;
            // A call that is refused has its status in the head, and no more.
            let told = trailers.as_ref().unwrap_or(&head.headers).get(GRPC_STATUS);
            let checked = asked.check_grpc(told.map(HeaderValue::as_bytes));
            checked.map_err(Failed::Wrong)?;
        }
        let content_type = head.headers.get(CONTENT_TYPE);
        let content_type = content_type.map_or(&b""[..], HeaderValue::as_bytes);
        let checked = asked.check(head.status.as_u16(), content_type, &whole);
        checked.map_err(Failed::Wrong)
    }

    fn request(&self, asked: &Asked<'_>) -> io::Result<Request<()>> {
        let prepared = asked.prepared;
        let uri = Uri::builder().scheme(self.scheme).authority(&*self.host);
        let uri = uri.path_and_query(&*prepared.target).build();
        let mut request = Request::builder().uri(uri.map_err(io::Error::other)?);
        if prepared.method == Method::Post {
            request = request.method("POST");
            request = request.header(CONTENT_TYPE, &prepared.content_type);
        }
        if prepared.is_grpc() {
            request = request
                .header(TE, "trailers")
                .header("grpc-timeout", DEADLINE);
        }
        request.body(()).map_err(io::Error::other)
    }
}

/// A server that goes away has not looked at it (RFC 9113 6.8, 8.7).
fn ended(error: h2::Error) -> Failed {
    let unseen =
        error.is_go_away() || error.is_io() || error.reason() == Some(h2::Reason::REFUSED_STREAM);
    if unseen {
        Failed::Ended(io::Error::other(error))
    } else {
        lost(error)
    }
}

fn lost(error: h2::Error) -> Failed {
    Failed::Lost(io::Error::other(error))
}
