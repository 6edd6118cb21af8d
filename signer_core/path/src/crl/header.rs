//! All that a list says of itself, without its entries.

use super::extensions::{ListExtensions, list_extensions};
use super::scope::Scope;
use crate::Unreadable;
use crate::names::Name;
use crate::octets::{Elements, INTEGER, SEQUENCE, only};
use crate::signature::Envelope;
use crate::time::{GENERALIZED_TIME, UTC_TIME, time};

const SHAPE: Unreadable = Unreadable::new("certificateList", "must be a CertificateList in DER");

/// The fields of a tbsCertList but its entries, and its extensions.
pub struct Header {
    version_2: bool,
    issuer: Name,
    this_update: i64,
    next_update: Option<i64>,
    extensions: ListExtensions,
}

impl Header {
    /// Reads one list but its entries, whose content it returns as well.
    pub(super) fn read(octets: &[u8]) -> Result<(Envelope<'_>, Self, &[u8]), Unreadable> {
        let envelope = Envelope::read(octets, "certificateList")?;
        let mut fields = Elements::new(envelope.content);
        let version = fields.optional(INTEGER).map_err(|_| SHAPE)?;
        if version.is_some_and(|version| version.content != [1]) {
            return Err(Unreadable::new("version", "must be absent or v2"));
        }
        let algorithm = fields.next_element().map_err(|_| SHAPE)?;
        if algorithm.whole != envelope.algorithm {
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
        let header = Self {
            version_2: version.is_some(),
            issuer,
            this_update,
            next_update,
            extensions: match extensions {
                Some(content) => list_extensions(content)?,
                None => ListExtensions::default(),
            },
        };
        let revoked = revoked.map_or(&[][..], |element| element.content);
        Ok((envelope, header, revoked))
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.issuer
    }

    /// thisUpdate, seconds since 1970.
    #[must_use]
    pub fn this_update(&self) -> i64 {
        self.this_update
    }

    /// nextUpdate, seconds since 1970.
    #[must_use]
    pub fn next_update(&self) -> Option<i64> {
        self.next_update
    }

    /// cRLNumber.
    #[must_use]
    pub fn number(&self) -> Option<Number<'_>> {
        self.extensions.number.as_deref().map(Number::new)
    }

    /// Whether it is numbered as RFC 5280 5.2.3 says: a cRLNumber that is not critical, in every list
    /// that has extensions. One of version 1 has none.
    #[must_use]
    pub fn is_numbered(&self) -> bool {
        let extensions = &self.extensions;
        !self.version_2 || (extensions.number.is_some() && !extensions.critical_number)
    }

    /// Whether it has a critical extension that is not processed here.
    pub(super) fn is_unprocessed(&self) -> bool {
        self.extensions.unprocessed
    }

    /// Whether cRLNumber is critical, which RFC 5280 5.2.3 forbids.
    #[must_use]
    pub fn is_number_critical(&self) -> bool {
        self.extensions.critical_number
    }

    /// BaseCRLNumber: that of the list a delta list goes with; none: it is no delta list.
    #[must_use]
    pub fn base_number(&self) -> Option<Number<'_>> {
        self.extensions.base.as_deref().map(Number::new)
    }

    /// Whether the deltaCRLIndicator is critical, as RFC 5280 5.2.4 asks.
    #[must_use]
    pub fn is_base_critical(&self) -> bool {
        self.extensions.critical_base
    }

    /// What it is about.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.extensions.scope
    }

    /// The value of the issuingDistributionPoint.
    #[must_use]
    pub fn point_octets(&self) -> Option<&[u8]> {
        self.extensions.point_octets.as_deref()
    }

    /// Whether the issuingDistributionPoint is critical, as RFC 5280 5.2.5 asks.
    #[must_use]
    pub fn is_point_critical(&self) -> bool {
        self.extensions.critical_point
    }

    /// The value of the freshestCRL.
    #[must_use]
    pub fn freshest_octets(&self) -> Option<&[u8]> {
        self.extensions.freshest_octets.as_deref()
    }

    /// keyIdentifier of the authorityKeyIdentifier.
    #[must_use]
    pub fn authority_key(&self) -> Option<&[u8]> {
        self.extensions.authority_key.as_deref()
    }

    /// What lists of one row have in common beside their issuer: issuingDistributionPoint and
    /// authorityKeyIdentifier (RFC 5280 5.2.4, 6.3.3 (c)), as received.
    pub(super) fn row(&self) -> (Option<&[u8]>, Option<&[u8]>) {
        let extensions = &self.extensions;
        (
            extensions.point_octets.as_deref(),
            extensions.authority_key_octets.as_deref(),
        )
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
