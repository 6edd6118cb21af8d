//! Connections, whatever is spoken on them. What is next to be spoken gets a file of its own beside
//! [`http1`] and [`http2`], and a line in [`Link`].

pub mod http1;
pub mod http2;
pub mod tls;

use std::io;
use std::net::SocketAddr;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use self::http1::Http1;
use self::http2::Http2;
use crate::Outcome;
use crate::options::{Http, Options};
use crate::prepared::Asked;

/// A socket, whether over TLS or not.
pub trait Socket: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Socket for T {}

/// How connections are opened.
pub struct Opens {
    address: SocketAddr,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    http: Http,
    /// In the header Host.
    host: String,
}

impl Opens {
    /// As asked for on the command line.
    ///
    /// # Errors
    /// When files of TLS can't be read.
    pub fn new(options: &Options) -> Outcome<Self> {
        let host = options.server_name.clone();
        Ok(Self {
            address: options.address,
            tls: tls::connector(options)?,
            http: options.http,
            host: host.unwrap_or_else(|| options.address.to_string()),
        })
    }

    /// A new one.
    ///
    /// # Errors
    /// When there is none.
    pub async fn open(&self) -> io::Result<Link> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => self.speak(stream).await,
            Some((connector, name)) => {
                let stream = connector.connect(name.clone(), stream).await?;
                self.speak(stream).await
            }
        }
    }

    async fn speak(&self, stream: impl Socket + 'static) -> io::Result<Link> {
        Ok(match self.http {
            Http::Http1 => Link::Http1(Box::new(Http1::new(stream, &self.host))),
            Http::Http2 => {
                let scheme = if self.tls.is_some() { "https" } else { "http" };
                Link::Http2(Http2::new(stream, scheme, &self.host).await?)
            }
        })
    }
}

/// Why a request has no right answer.
#[derive(Debug)]
pub enum Failed {
    /// It has a wrong one.
    Wrong(String),
    /// The connection ended before anything of the answer came.
    Ended(io::Error),
    /// It ended, or went wrong, in the middle.
    Lost(io::Error),
}

/// An open connection, or a share in one.
pub enum Link {
    /// Of its own.
    Http1(Box<Http1>),
    /// Shared.
    Http2(Http2),
}

impl Link {
    /// Whether workers may share it.
    #[must_use]
    pub fn shared(&self) -> Option<Self> {
        match self {
            Self::Http1(_) => None,
            Self::Http2(link) => Some(Self::Http2(link.clone())),
        }
    }

    /// Asks, waits for the answer and checks it.
    ///
    /// # Errors
    /// When it is not right.
    pub async fn exchange(&mut self, asked: &Asked<'_>) -> Result<(), Failed> {
        match self {
            Self::Http1(link) => link.exchange(asked).await,
            Self::Http2(link) => link.exchange(asked).await,
        }
    }

    /// Says goodbye: the last thing of TLS and TCP that a client says.
    pub async fn close(self) {
        if let Self::Http1(link) = self {
            link.close().await;
        }
    }
}
