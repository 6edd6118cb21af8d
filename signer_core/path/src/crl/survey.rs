//! A list read whole and not kept: for whoever has its octets and only asks what it is.

use super::entries::Entries;
use super::extensions::UNKNOWN;
use super::header::Header;
use crate::signature::{Envelope, Signed, sha256};
use crate::{Sha256, Unreadable};

/// What a list says of itself, its entries counted. Borrows what it was read out of: nothing is copied,
/// as a list may be as long as memory.
pub struct Survey<'a> {
    envelope: Envelope<'a>,
    sha256: Sha256,
    header: Header,
    entries: usize,
}

impl<'a> Survey<'a> {
    /// Reads one DER `CertificateList` of any length, nothing after it, every entry included.
    ///
    /// # Errors
    /// As [`super::RevocationList::read`], which reads it the same way.
    pub fn read(octets: &'a [u8]) -> Result<Self, Unreadable> {
        let (envelope, header, revoked) = Header::read(octets)?;
        if header.is_unprocessed() {
            return Err(UNKNOWN);
        }
        Ok(Self {
            entries: Entries::count(revoked, header.scope().indirect)?,
            envelope,
            sha256: sha256(octets),
            header,
        })
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> &Sha256 {
        &self.sha256
    }

    /// What it says of itself.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many entries it has.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.entries
    }

    /// What is signed, with what, and the signature.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        self.envelope.signed(&self.sha256)
    }
}
