//! One list, read.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::entries::{Entries, Entry};
use super::extensions::{ListExtensions, list_extensions};
use super::scope::Scope;
use crate::certificate::Certificate;
use crate::names::Name;
use crate::octets::{Elements, INTEGER, SEQUENCE, only, range_of};
use crate::signature::{Envelope, PublicKey, Received, Signed};
use crate::time::{GENERALIZED_TIME, UTC_TIME, time};
use crate::{Sha256, Unreadable};

/// The most octets of a list that are read.
pub const MAX_OCTETS: usize = 64 << 20;

const SHAPE: Unreadable = Unreadable::new("certificateList", "must be a CertificateList in DER");

/// A revocation list: its octets as received, and what they say. Clones share both.
#[derive(Clone)]
pub struct RevocationList(Arc<Inner>);

struct Inner {
    received: Received,
    revoked: Range<usize>,
    issuer: Name,
    this_update: i64,
    next_update: Option<i64>,
    version_2: bool,
    extensions: ListExtensions,
    entries: Entries,
    /// SHA-256 of the first key that its signature was found to be of: hardly one has a second.
    signed_by: OnceLock<Sha256>,
}

impl RevocationList {
    /// Reads one DER `CertificateList`, nothing after it, every entry included.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none, is over [`MAX_OCTETS`], or has a critical extension that is
    /// not processed here, its own or of any entry.
    pub fn read(octets: impl Into<Arc<[u8]>>) -> Result<Self, Unreadable> {
        let octets = octets.into();
        if octets.len() > MAX_OCTETS {
            return Err(Unreadable::new("certificateList", "is too large"));
        }
        let envelope = Envelope::read(&octets, "certificateList")?;
        let parts = Parts::read(Elements::new(envelope.content), envelope.algorithm)?;
        let extensions = match parts.extensions {
            Some(content) => list_extensions(content)?,
            None => ListExtensions::default(),
        };
        let entries = Entries::read(parts.revoked, extensions.scope.indirect)?;
        let places = envelope.parts(&octets);
        Ok(Self(Arc::new(Inner {
            revoked: range_of(&octets, parts.revoked),
            issuer: parts.issuer,
            this_update: parts.this_update,
            next_update: parts.next_update,
            version_2: parts.version_2,
            extensions,
            entries,
            signed_by: OnceLock::new(),
            received: Received::new(octets, places),
        })))
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
        &self.0.issuer
    }

    /// thisUpdate, seconds since 1970.
    #[must_use]
    pub fn this_update(&self) -> i64 {
        self.0.this_update
    }

    /// nextUpdate, seconds since 1970.
    #[must_use]
    pub fn next_update(&self) -> Option<i64> {
        self.0.next_update
    }

    /// cRLNumber.
    #[must_use]
    pub fn number(&self) -> Option<Number<'_>> {
        self.0.extensions.number.as_deref().map(Number::new)
    }

    /// Whether it is numbered as RFC 5280 5.2.3 says: a cRLNumber that is not critical, in every list
    /// that has extensions. One of version 1 has none.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        let extensions = &self.0.extensions;
        !self.0.version_2 || (extensions.number.is_some() && !extensions.critical_number)
    }

    /// BaseCRLNumber: that of the list a delta list goes with; none: it is no delta list.
    #[must_use]
    pub fn base_number(&self) -> Option<Number<'_>> {
        self.0.extensions.base.as_deref().map(Number::new)
    }

    /// What it is about.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.0.extensions.scope
    }

    /// The value of the issuingDistributionPoint.
    #[must_use]
    pub fn point_octets(&self) -> Option<&[u8]> {
        self.0.extensions.point_octets.as_deref()
    }

    /// keyIdentifier of the authorityKeyIdentifier.
    #[must_use]
    pub fn authority_key(&self) -> Option<&[u8]> {
        self.0.extensions.authority_key.as_deref()
    }

    /// Whether both are of the same issuer, issuingDistributionPoint and authorityKeyIdentifier:
    /// lists of one row (RFC 5280 5.2.4, 6.3.3 (c)).
    #[must_use]
    pub fn same_row(&self, other: &Self) -> bool {
        let (one, two) = (&self.0.extensions, &other.0.extensions);
        one.point_octets == two.point_octets
            && one.authority_key_octets == two.authority_key_octets
            && self.issuer() == other.issuer()
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
            &inner.issuer,
        )
    }

    /// Whether its signature was found to be this key's before.
    pub(crate) fn is_known_to_be_signed_by(&self, key: &PublicKey) -> bool {
        self.0.signed_by.get() == Some(key.sha256())
    }

    pub(crate) fn remember_signed_by(&self, key: &PublicKey) {
        self.0.signed_by.get_or_init(|| *key.sha256());
    }

    /// What is signed, with what, and the signature.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        self.0.received.signed()
    }
}

/// A number of lists, for comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<'a>(&'a [u8]);

impl<'a> Number<'a> {
    /// Big-endian, without a sign octet.
    #[must_use]
    pub fn octets(&self) -> &'a [u8] {
        self.0
    }

    fn new(content: &'a [u8]) -> Self {
        Self(match content {
            [0, rest @ ..] => rest,
            all => all,
        })
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.len(), self.0).cmp(&(other.0.len(), other.0))
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The fields of a tbsCertList.
struct Parts<'a> {
    version_2: bool,
    issuer: Name,
    this_update: i64,
    next_update: Option<i64>,
    revoked: &'a [u8],
    extensions: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    fn read(mut fields: Elements<'a>, outer_algorithm: &[u8]) -> Result<Self, Unreadable> {
        let version = fields.optional(INTEGER).map_err(|_| SHAPE)?;
        if version.is_some_and(|version| version.content != [1]) {
            return Err(Unreadable::new("version", "must be absent or v2"));
        }
        let algorithm = fields.next_element().map_err(|_| SHAPE)?;
        if algorithm.whole != outer_algorithm {
            return Err(Unreadable::new(
                "signature",
                "must be the same algorithm inside and outside (RFC 5280 5.1.1.2)",
            ));
        }
        let issuer = Name::read(fields.next_element().map_err(|_| SHAPE)?.whole)?;
        let this_update = time(&fields.next_element().map_err(|_| SHAPE)?)?;
        let next_update = match fields.peek() {
            Some(UTC_TIME | GENERALIZED_TIME) => {
                Some(time(&fields.next_element().map_err(|_| SHAPE)?)?)
            }
            _ => None,
        };
        let revoked = fields.optional(SEQUENCE).map_err(|_| SHAPE)?;
        let extensions = match fields.optional(0xA0).map_err(|_| SHAPE)? {
            Some(_) if version.is_none() => {
                return Err(Unreadable::new("version", "must be v2 with extensions"));
            }
            Some(element) => Some(only(element.content, SEQUENCE).map_err(|_| SHAPE)?),
            None => None,
        };
        fields.end().map_err(|_| SHAPE)?;
        Ok(Self {
            version_2: version.is_some(),
            issuer,
            this_update,
            next_update,
            revoked: revoked.map_or(&[], |element| element.content),
            extensions,
        })
    }
}
