//! What only the control plane can do. Asked on threads of their own, never on the way of an
//! answer.

use std::sync::Arc;
use std::time::Duration;

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

/// A call that ended, for the log. Never what was asked.
#[derive(Debug, Clone)]
pub struct EndedCall {
    /// Service and method.
    pub method: Arc<str>,
    /// Who called, by SPIFFE id, where that is known.
    pub peer: Option<String>,
    /// The reason's name in the catalogue of refusals; nothing: it was answered. Of a call that could
    /// not be handed on, the name of its code of gRPC.
    pub reason: Option<&'static str>,
    /// Which field is to blame.
    pub field: Option<String>,
    /// From its start to its end.
    pub took: Duration,
}

/// What a client's certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Who it is.
    Peer(Arc<Peer>),
    /// It is nobody's in this mesh, and why.
    Nobody(Arc<str>),
}

/// A client of mutual TLS, as its certificate says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its role, as SPIFFE ids spell it.
    pub role: String,
    /// Its scope; of a verifier its id.
    pub scope: String,
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

/// Which revocation list.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WhichList {
    /// Whose, by its id.
    pub authority: String,
    /// Of which of its keys; 0: no list is meant, but which there are, as its authority's service
    /// signed it.
    pub generation: u16,
    /// As certificates name it, with `.delta` behind it of its delta list; empty where none is meant.
    pub partition: String,
}

impl WhichList {
    /// Which lists there are, of an authority.
    #[must_use]
    pub fn set(authority: &str) -> Self {
        Self {
            authority: authority.to_owned(),
            generation: 0,
            partition: String::new(),
        }
    }

    /// Whether no list is meant, but which there are.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.generation == 0
    }
}

/// What there is of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listed {
    /// The one that is held is the newest.
    Same,
    /// There is another one.
    Newer,
    /// This one, DER.
    New(Vec<u8>),
    /// None, by the reason's name in the catalogue of refusals.
    None(&'static str),
    /// The authority can't be asked now.
    Away,
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
    /// Reads a client's certificate, which chains to the mesh.
    ///
    /// # Errors
    /// When it could not be asked.
    fn peer(&self, der: &[u8]) -> Result<Shown, NotAsked>;
    /// The newest good credentials.
    fn credentials(&self) -> Option<Credentials>;
    /// Writes a line about credentials that can't be used, and why.
    fn refused_credentials(&self, why: &str);
    /// Whether a revocation list is the newest, by its SHA-256 and length; without one, the newest.
    ///
    /// # Errors
    /// When it could not be asked.
    fn list(&self, which: &WhichList, held: Option<(&[u8; 32], usize)>)
    -> Result<Listed, NotAsked>;
    /// Writes a line: there is a newer list than the one that is held, and it can't be had.
    fn list_not_had(&self, which: &WhichList);
    /// Writes a line about a call over gRPC.
    fn call_ended(&self, call: &EndedCall);
    /// Writes a line about a call that failed by a fault of ours, and the reference that was told.
    fn call_failed(&self, method: &str, reference: &str);
    /// Writes a line about others that were not written, as there were too many.
    fn lines_left_out(&self, how_many: u64);
}
