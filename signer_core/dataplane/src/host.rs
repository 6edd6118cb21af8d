//! What only the control plane can do. Asked on threads of their own, never on the way of an
//! answer.

use crate::clock::Micros;

/// What became of a request that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The name of an OCSPResponseStatus.
    Ocsp(&'static str),
    /// A status of HTTP.
    Http(u16),
}

/// A refusal, for the log.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// What was said.
    pub said: Said,
    /// How the asker was known.
    pub via: &'static str,
    /// Its name in the catalogue of refusals.
    pub reason: Option<&'static str>,
    /// Under which the asker was told.
    pub request_id: String,
}

/// A client of mutual TLS, as its certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The verifier.
    pub verifier_id: String,
    /// What an operator may deny it by: the id, and the certificate's fingerprint.
    pub names: [String; 2],
    /// The certificate's.
    pub not_after: Micros,
}

/// Credentials for TLS.
pub struct Credentials {
    /// Leaf first, PEM.
    pub chain: Vec<u8>,
    /// PKCS#8, PEM.
    pub key: Vec<u8>,
    /// Whose certificates clients may show, DER each: of the authorities that hold now.
    pub trusted: Vec<Vec<u8>>,
    /// When one of these ends, or another begins.
    pub until: Option<Micros>,
    /// Whether they are of the files as they are now, or of those before, as the new ones don't fit.
    pub settled: bool,
}

/// The control plane could not be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAsked;

/// The control plane.
pub trait Host: Send + Sync {
    /// Writes a line of the log.
    fn refused(&self, refusal: &Refusal);
    /// Writes a line about a fault of ours.
    fn failed(&self, reason: &'static str, request_id: &str);
    /// Reads a client's certificate, which chains to the mesh; nothing when it is no verifier's.
    ///
    /// # Errors
    /// When it could not be asked.
    fn peer(&self, der: &[u8]) -> Result<Option<Peer>, NotAsked>;
    /// The newest good credentials.
    fn credentials(&self) -> Option<Credentials>;
    /// Writes a line about credentials that can't be used, and why.
    fn refused_credentials(&self, why: &str);
}
