//! One response, and what it says of certificates.

use std::sync::Arc;

use aws_lc_rs::digest;

use crate::certificate::Certificate;
use crate::names::Name;
use crate::octets::{BIT_STRING, Elements, SEQUENCE};
use crate::signature::{Received, Signed};
use crate::{Sha256, Unreadable};

use super::read::read;

/// The most octets of a response that are read: thousands of answers, or a dozen certificates.
pub const MAX_OCTETS: usize = 1 << 20;

/// A successful response of the basic type: its octets as received, and what they say. Clones share
/// both.
#[derive(Clone)]
pub struct OcspResponse(Arc<Inner>);

pub(super) struct Inner {
    pub(super) received: Received,
    pub(super) responder: ResponderId,
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
    pub(super) hash: Hash,
    pub(super) issuer_name: Box<[u8]>,
    pub(super) issuer_key: Box<[u8]>,
    pub(super) serial: Box<[u8]>,
}

/// The hash function of a CertID. None of them is asked to withstand anybody here: who answered is
/// decided by the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn of(self, octets: &[u8]) -> digest::Digest {
        let function = match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(function, octets)
    }
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
    /// Whether it has a critical extension, none of which is processed here.
    pub critical: bool,
}

/// A CertStatus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// good.
    Good,
    /// revoked, since then, seconds since 1970.
    Revoked(i64),
    /// unknown.
    Unknown,
}

impl OcspResponse {
    /// Reads one DER `OCSPResponse`, nothing after it. Certificates inside that cannot be read are
    /// left out: only the responder's matters.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none, is over [`MAX_OCTETS`], is not successful, or has critical
    /// extensions.
    pub fn read(octets: impl Into<Arc<[u8]>>) -> Result<Self, Unreadable> {
        let octets = octets.into();
        if octets.len() > MAX_OCTETS {
            return Err(Unreadable::new("ocspResponse", "is too large"));
        }
        read(octets).map(|inner| Self(Arc::new(inner)))
    }

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

    /// The answers.
    #[must_use]
    pub fn singles(&self) -> &[Single] {
        &self.0.singles
    }

    /// The certificates it came with.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.0.certificates
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
            Self::Key(hash) => Hash::Sha1.of(key_bits(certificate)).as_ref() == &**hash,
        }
    }
}

impl CertId {
    /// The serial number, content octets of its INTEGER.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// Whether this certificate of this issuer is meant. The issuer's name is hashed as the
    /// certificate writes it and as the issuer does: responders do either, and their string types
    /// may differ.
    #[must_use]
    pub fn is(&self, certificate: &Certificate, issuer: &Certificate) -> bool {
        *self.serial == *certificate.serial()
            && self.hash.of(key_bits(issuer)).as_ref() == &*self.issuer_key
            && [certificate.issuer(), issuer.subject()]
                .iter()
                .any(|name| self.hash.of(name.der()).as_ref() == &*self.issuer_name)
    }
}

/// The octets of the subjectPublicKey BIT STRING of a certificate. It was read with the
/// certificate, so it is there.
fn key_bits(certificate: &Certificate) -> &[u8] {
    let bits = || {
        let mut key = Elements::within(certificate.key().spki(), SEQUENCE).ok()?;
        key.expect(SEQUENCE).ok()?;
        key.expect(BIT_STRING).ok()?.get(1..)
    };
    bits().unwrap_or_default()
}
