//! One list, read.

use std::hash::Hash;
use std::ops::Range;
use std::sync::Arc;

use super::entries::{Entries, Entry, Listed};
use super::extensions::{UNKNOWN, UNKNOWN_IN_ENTRY};
use super::header::{Header, Number};
use super::scope::Scope;
use crate::certificate::Certificate;
use crate::names::Name;
use crate::octets::range_of;
use crate::signature::{PublicKey, Received, Signatures, Signed};
use crate::verdict::Reason;
use crate::{Sha256, Unreadable};

/// The most octets of a list that are read.
pub const MAX_OCTETS: usize = 64 << 20;

/// A revocation list: its octets as received, and what they say. Clones share both.
#[derive(Clone)]
pub struct RevocationList(Arc<Inner>);

struct Inner {
    received: Received,
    header: Header,
    revoked: Range<usize>,
    entries: Entries,
}

impl RevocationList {
    /// Reads one DER `CertificateList`, nothing after it, every entry included.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none, is over [`MAX_OCTETS`], or has a critical extension that is
    /// not processed here, its own or of any entry.
    pub fn read(octets: impl Into<Arc<[u8]>>) -> Result<Self, Unreadable> {
        Self::read_at_most(octets, MAX_OCTETS)
    }

    /// The same of a list that may have this many octets: whoever reads one of its own.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_at_most(octets: impl Into<Arc<[u8]>>, most: usize) -> Result<Self, Unreadable> {
        let list = Self::read_whatever_is_critical(octets, most)?;
        if list.header().is_unprocessed() {
            return Err(UNKNOWN);
        }
        if list.0.entries.are_unprocessed() {
            return Err(UNKNOWN_IN_ENTRY);
        }
        Ok(list)
    }

    /// The same, a list with critical extensions that are not processed too: see
    /// [`Self::is_processed`].
    ///
    /// # Errors
    /// As [`Self::read`] but for those.
    pub fn read_whatever_is_critical(
        octets: impl Into<Arc<[u8]>>,
        most: usize,
    ) -> Result<Self, Unreadable> {
        let octets = octets.into();
        if octets.len() > most {
            return Err(Unreadable::new("certificateList", "is too large"));
        }
        let (envelope, header, revoked) = Header::read(&octets)?;
        let entries = Entries::read(revoked, header.scope().indirect)?;
        let places = envelope.parts(&octets);
        Ok(Self(Arc::new(Inner {
            header,
            revoked: range_of(&octets, revoked),
            entries,
            received: Received::new(octets, places),
        })))
    }

    /// What it says of itself.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.0.header
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

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        self.0.header.issuer()
    }

    /// thisUpdate, seconds since 1970.
    #[must_use]
    pub fn this_update(&self) -> i64 {
        self.0.header.this_update()
    }

    /// nextUpdate, seconds since 1970.
    #[must_use]
    pub fn next_update(&self) -> Option<i64> {
        self.0.header.next_update()
    }

    /// cRLNumber.
    #[must_use]
    pub fn number(&self) -> Option<Number<'_>> {
        self.0.header.number()
    }

    /// Whether it is numbered as RFC 5280 5.2.3 says: a cRLNumber that is not critical, in every list
    /// that has extensions. One of version 1 has none.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        self.0.header.is_numbered()
    }

    /// Whether each of its critical extensions is processed here, its own and of all entries. A list
    /// that is not must not be used to determine a status (RFC 5280 5.2, 5.3).
    #[must_use]
    pub fn is_processed(&self) -> bool {
        !self.header().is_unprocessed() && !self.0.entries.are_unprocessed()
    }

    /// BaseCRLNumber: that of the list a delta list goes with; none: it is no delta list.
    #[must_use]
    pub fn base_number(&self) -> Option<Number<'_>> {
        self.0.header.base_number()
    }

    /// What it is about.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        self.0.header.scope()
    }

    /// The value of the issuingDistributionPoint.
    #[must_use]
    pub fn point_octets(&self) -> Option<&[u8]> {
        self.0.header.point_octets()
    }

    /// keyIdentifier of the authorityKeyIdentifier.
    #[must_use]
    pub fn authority_key(&self) -> Option<&[u8]> {
        self.0.header.authority_key()
    }

    /// What lists of one row have in common beside their issuer.
    pub(crate) fn row(&self) -> impl Eq + Hash + '_ {
        self.0.header.row()
    }

    /// How many entries it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.entries.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many octets of memory it takes, about: its own, and what finds its entries.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.octets().len() + self.0.entries.memory()
    }

    /// The entries for this certificate, in the order of the list.
    pub fn entries_for<'a>(
        &'a self,
        certificate: &'a Certificate,
    ) -> impl Iterator<Item = Entry> + 'a {
        let inner = &*self.0;
        inner.entries.find(
            inner.received.part(&inner.revoked),
            certificate.serial(),
            certificate.issuer(),
            inner.header.issuer(),
        )
    }

    /// How many entries are looked at to find those for a certificate with this serial number.
    pub(crate) fn alike(&self, serial: &[u8]) -> usize {
        self.0.entries.alike(serial)
    }

    /// The entries of a list that is not indirect for the certificate of its issuer with this serial
    /// number, content octets of its INTEGER; in the order of the list.
    pub fn entries_of<'a>(&'a self, serial: &'a [u8]) -> impl Iterator<Item = Entry> + 'a {
        let inner = &*self.0;
        inner.entries.find(
            inner.received.part(&inner.revoked),
            serial,
            inner.header.issuer(),
            inner.header.issuer(),
        )
    }

    /// What each entry says whose place in the order of serial numbers is one of these. An indirect
    /// list does not say here whose certificates they are.
    pub fn listed(&self, places: Range<usize>) -> impl Iterator<Item = Listed<'_>> {
        let inner = &*self.0;
        let content = inner.received.part(&inner.revoked);
        inner.entries.listed(content, places)
    }

    /// Verifies its signature, once with each key for as long as it is kept: hashing one of 64 MB takes
    /// longer than all the rest, and a forged one of a pool costs it once and not every question.
    ///
    /// # Errors
    /// As [`Signatures::verify`].
    pub fn verify(&self, key: &PublicKey, signatures: &mut Signatures) -> Result<(), Reason> {
        self.0.received.verify(key, signatures)
    }

    /// What is signed, with what, and the signature.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        self.0.received.signed()
    }
}
