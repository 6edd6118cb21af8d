//! What algorithm identifiers are made of: an OID, parameters, and the hash functions they name.

use aws_lc_rs::digest::{self, Digest};

use crate::octets::{Elements, IDENTIFIER, identifier};
use crate::{Oid, Unreadable};

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-1; of a signature, for tests alone.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    /// As the cryptographic library has it.
    pub(super) fn function(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }

    /// The hash of these octets.
    pub(crate) fn of(self, octets: &[u8]) -> Digest {
        digest::digest(self.function(), octets)
    }
}

/// An AlgorithmIdentifier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identifier<'a> {
    oid: &'a [u8],
    /// DER of the parameters.
    pub(super) parameters: Option<&'a [u8]>,
}

impl<'a> Identifier<'a> {
    /// Reads the content of an AlgorithmIdentifier.
    pub(super) fn read(content: &'a [u8]) -> Result<Self, Unreadable> {
        let mut parts = Elements::new(content);
        let oid = identifier(parts.expect(IDENTIFIER)?)?;
        let parameters = parts.any_if_any()?.map(|it| it.whole);
        parts.end()?;
        Ok(Self { oid, parameters })
    }

    pub(super) fn is(&self, oid: &Oid) -> bool {
        self.oid == oid.as_der()
    }
}

/// DER of the parameters of algorithms that have none.
pub(super) const NULL: &[u8] = &[0x05, 0x00];
