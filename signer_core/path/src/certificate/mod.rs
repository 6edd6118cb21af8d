//! Certificates, read once and kept as they came.

mod unreadable;

use std::sync::Arc;

use crate::names::{GeneralName, Name};
use crate::signature::{PublicKey, Signed};
use crate::{Oid, Sha256};

pub use unreadable::Unreadable;

/// A certificate: its octets as received, and what they say. Clones share both.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    octets: Box<[u8]>,
    sha256: Sha256,
    issuer: Name,
    subject: Name,
    key: PublicKey,
}

/// What an authorityKeyIdentifier says (RFC 5280 4.2.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuthorityKeyIdentifier {
    /// keyIdentifier.
    pub key_identifier: Option<Box<[u8]>>,
    /// authorityCertIssuer.
    pub issuer: Vec<GeneralName>,
    /// authorityCertSerialNumber, content octets.
    pub serial: Option<Box<[u8]>>,
}

impl Certificate {
    /// Reads one DER `Certificate`, nothing after it.
    ///
    /// # Errors
    /// [`Unreadable`] when it is no DER of RFC 5280's certificate, an extension used in validation
    /// included. What can be read and breaks a rule of section 4 is refused by validation instead.
    pub fn read(_octets: &[u8]) -> Result<Self, Unreadable> {
        Err(Unreadable::new("certificate", "is not read yet"))
    }

    /// The DER, as received.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0.octets
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> &Sha256 {
        &self.0.sha256
    }

    /// Content octets of the serial number's INTEGER, sign octet included.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        &[]
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// notBefore, seconds since 1970.
    #[must_use]
    pub fn not_before(&self) -> i64 {
        i64::MAX
    }

    /// notAfter, seconds since 1970.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        i64::MIN
    }

    /// The subject's public key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.0.key
    }

    /// What is signed, with what, and the signature.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        Signed {
            octets: &[],
            algorithm: &[],
            signature: &[],
            sha256: &self.0.sha256,
        }
    }

    /// Whether issuer and subject are the same name (RFC 5280 6.1).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer() == self.subject()
    }

    /// subjectKeyIdentifier.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        None
    }

    /// authorityKeyIdentifier.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<&AuthorityKeyIdentifier> {
        None
    }

    /// Whether basicConstraints says cA.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        false
    }

    /// Whether keyUsage is absent or has this bit (RFC 5280 4.2.1.3): 5 keyCertSign, 6 cRLSign.
    #[must_use]
    pub fn key_usage_allows(&self, _bit: usize) -> bool {
        false
    }

    /// The purposes of extendedKeyUsage, or nothing when it is absent.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[Oid]> {
        None
    }

    /// The value of the extension: what its OCTET STRING holds, and whether it is critical.
    #[must_use]
    pub fn extension(&self, _oid: &Oid) -> Option<(&[u8], bool)> {
        None
    }
}
