//! One response, and what it says of certificates.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::digest::Digest;

use crate::Sha256;
use crate::certificate::Certificate;
use crate::names::Name;
use crate::signature::{Hash, PublicKey, Received, Signatures, Signed};
use crate::verdict::Reason;

/// A successful response of the basic type: its octets as received, and what they say. Clones share
/// both.
#[derive(Clone)]
pub struct OcspResponse(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) received: Received,
    pub(super) responder: ResponderId,
    /// By serial number.
    pub(super) singles: Vec<Single>,
    pub(super) certificates: Vec<Certificate>,
}

/// Who answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponderId {
    /// By subject.
    Name(Name),
    /// By the SHA-1 of the key's BIT STRING.
    Key(Box<[u8]>),
}

/// Which certificate an answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertId {
    /// None of them is asked to withstand anybody here: who answered is decided by the signature.
    pub(super) hash: Hash,
    pub(super) issuer_name: Box<[u8]>,
    pub(super) issuer_key: Box<[u8]>,
    pub(super) serial: Box<[u8]>,
}

/// What is said of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Single {
    /// Which.
    pub certificate: CertId,
    /// What.
    pub status: Status,
    /// thisUpdate, seconds since 1970.
    pub this_update: i64,
    /// nextUpdate, seconds since 1970.
    pub next_update: Option<i64>,
    /// Whether it or the response has a critical extension, none of which is processed here.
    pub critical: bool,
}

/// A CertStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// good.
    Good,
    /// revoked.
    Revoked {
        /// Since when, seconds since 1970.
        at: i64,
        /// CRLReason (RFC 5280 5.3.1); none: unspecified.
        reason: Option<u8>,
    },
    /// unknown.
    Unknown,
}

impl OcspResponse {
    /// The DER, as received.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.0.received.octets()
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> &Sha256 {
        self.0.received.sha256()
    }

    /// Who answered.
    #[must_use]
    pub fn responder(&self) -> &ResponderId {
        &self.0.responder
    }

    /// The answers, in the order of their serial numbers.
    #[must_use]
    pub fn singles(&self) -> &[Single] {
        &self.0.singles
    }

    /// Those about certificates with this serial number, content octets of its INTEGER.
    #[must_use]
    pub fn singles_for(&self, serial: &[u8]) -> &[Single] {
        let singles = self.singles();
        let first = singles.partition_point(|one| *one.certificate.serial < *serial);
        let rest = &singles[first..];
        &rest[..rest.partition_point(|one| *one.certificate.serial == *serial)]
    }

    /// The serial numbers that there are answers about, each once.
    pub fn serials(&self) -> impl Iterator<Item = &[u8]> {
        self.singles()
            .chunk_by(|one, next| one.certificate.serial == next.certificate.serial)
            .filter_map(|alike| Some(alike.first()?.certificate.serial()))
    }

    /// The certificates it came with.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
    }

    /// Verifies its signature, once with each key for as long as it is kept.
    ///
    /// # Errors
    /// As [`Signatures::verify`].
    pub(crate) fn verify(
        &self,
        key: &PublicKey,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        self.0.received.verify(key, signatures)
    }

    /// What is signed, with what, and the signature.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        self.0.received.signed()
    }
}

impl ResponderId {
    /// Whether this certificate's holder is meant.
    #[must_use]
    pub fn is(&self, certificate: &Certificate) -> bool {
        match self {
            Self::Name(name) => name == certificate.subject(),
            Self::Key(hash) => Hash::Sha1.of(certificate.key().octets()).as_ref() == &**hash,
        }
    }
}

/// A certificate and its issuer as CertIDs name them, each hash made when one has it: a response may
/// have thousands of one serial number.
pub(crate) struct Identified<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    hashes: HashMap<Hash, IssuerHashes>,
}

struct IssuerHashes {
    key: Digest,
    /// As the certificate writes it and as the issuer does: responders do either, and their string
    /// types may differ.
    names: [Digest; 2],
}

impl<'a> Identified<'a> {
    pub(crate) fn new(certificate: &'a Certificate, issuer: &'a Certificate) -> Self {
        Self {
            certificate,
            issuer,
            hashes: HashMap::new(),
        }
    }

    /// Whether this certificate of this issuer is meant.
    pub(crate) fn is_meant(&mut self, id: &CertId) -> bool {
        if *id.serial != *self.certificate.serial() {
            return false;
        }
        let hashes = self.hashes.entry(id.hash).or_insert_with(|| IssuerHashes {
            key: id.hash.of(self.issuer.key().octets()),
            names: [self.certificate.issuer(), self.issuer.subject()]
                .map(|name| id.hash.of(name.der())),
        });
        let mut names = hashes.names.iter();
        hashes.key.as_ref() == &*id.issuer_key
            && names.any(|name| name.as_ref() == &*id.issuer_name)
    }
}

impl CertId {
    /// The serial number, content octets of its INTEGER.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }
}
