//! HTTP/1.1: one request after the other on a connection that is kept (RFC 9112).

use std::io;
use std::io::ErrorKind::{InvalidData, UnexpectedEof};

use httparse::{EMPTY_HEADER, Response, Status};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{Failed, Socket};
use crate::prepared::{Asked, Method};

/// Header fields of an answer.
const FIELDS: usize = 32;
const ROOM: usize = 16 * 1024;
/// Octets of an answer.
const MOST: usize = 1024 * 1024;

/// A connection.
pub struct Http1 {
    stream: Box<dyn Socket>,
    host: String,
    sent: Vec<u8>,
    read: Vec<u8>,
    filled: usize,
}

/// An answer's header, as far as it is looked at.
struct Head {
    status: u16,
    content_type: std::ops::Range<usize>,
    body: std::ops::Range<usize>,
}

impl Http1 {
    /// On this socket.
    pub fn new(stream: impl Socket + 'static, host: &str) -> Self {
        Self {
            stream: Box::new(stream),
            host: host.to_owned(),
            sent: Vec::new(),
            read: vec![0; ROOM],
            filled: 0,
        }
    }

    /// As [`super::Link::exchange`].
    ///
    /// # Errors
    /// When there is no right answer.
    pub async fn exchange(&mut self, asked: &Asked<'_>) -> Result<(), Failed> {
        self.write(asked);
        self.stream
            .write_all(&self.sent)
            .await
            .map_err(Failed::Ended)?;
        self.stream.flush().await.map_err(Failed::Ended)?;
        self.filled = 0;
        let head = loop {
            self.more().await?;
            if let Some(head) = self.head().map_err(Failed::Lost)? {
                break head;
            }
        };
        while self.filled < head.body.end {
            self.more().await?;
        }
        if self.filled > head.body.end {
            return Err(Failed::Lost(told("it sent more than its Content-Length")));
        }
        let (content_type, body) = (&self.read[head.content_type], &self.read[head.body]);
        let checked = asked.check(head.status, content_type, body);
        checked.map_err(Failed::Wrong)
    }

    /// Says goodbye.
    pub async fn close(mut self: Box<Self>) {
        let _ = self.stream.shutdown().await;
    }

    fn write(&mut self, asked: &Asked<'_>) {
        let prepared = asked.prepared;
        let method = match prepared.method {
            Method::Get => "GET ",
            Method::Post => "POST ",
        };
        self.sent.clear();
        for part in [
            method,
            &prepared.target,
            " HTTP/1.1\r\nHost: ",
            &self.host,
            "\r\n",
        ] {
            self.sent.extend_from_slice(part.as_bytes());
        }
        if prepared.method == Method::Post {
            let (kind, length) = (&prepared.content_type, asked.body.len());
            let fields = format!("Content-Type: {kind}\r\nContent-Length: {length}\r\n");
            self.sent.extend_from_slice(fields.as_bytes());
        }
        self.sent.extend_from_slice(b"\r\n");
        self.sent.extend_from_slice(&asked.body);
    }

    async fn more(&mut self) -> Result<(), Failed> {
        if self.filled == self.read.len() {
            if self.filled >= MOST {
                return Err(Failed::Lost(told("its answer is over a mebibyte")));
            }
            self.read.resize(2 * self.filled, 0);
        }
        match self.stream.read(&mut self.read[self.filled..]).await {
            Ok(0) if self.filled == 0 => Err(Failed::Ended(UnexpectedEof.into())),
            Ok(0) => Err(Failed::Lost(UnexpectedEof.into())),
            Ok(octets) => {
                self.filled += octets;
                Ok(())
            }
            Err(error) if self.filled == 0 => Err(Failed::Ended(error)),
            Err(error) => Err(Failed::Lost(error)),
        }
    }

    /// The header, once all of it is there.
    fn head(&self) -> io::Result<Option<Head>> {
        let mut fields = [EMPTY_HEADER; FIELDS];
        let mut response = Response::new(&mut fields);
        let parsed = response.parse(&self.read[..self.filled]);
        let Status::Complete(length) = parsed.map_err(|_| told("it does not speak HTTP/1.1"))?
        else {
            return Ok(None);
        };
        let status = response.code.unwrap_or_default();
        let (mut content_type, mut body) = (0..0, None);
        for field in response.headers.iter() {
            if field.name.eq_ignore_ascii_case("content-type") {
                // It lies within what was read.
                let from = field.value.as_ptr().addr() - self.read.as_ptr().addr();
                content_type = from..from + field.value.len();
            } else if field.name.eq_ignore_ascii_case("content-length") {
                let said = std::str::from_utf8(field.value).ok();
                body = said.and_then(|it| it.parse::<usize>().ok());
            }
        }
        let body = body.ok_or_else(|| told("its answer has no Content-Length"))?;
        let body = length..length.saturating_add(body).min(MOST + 1);
        Ok(Some(Head {
            status,
            content_type,
            body,
        }))
    }
}

fn told(why: &str) -> io::Error {
    io::Error::new(InvalidData, why)
}
