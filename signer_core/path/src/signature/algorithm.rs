//! Signature algorithm identifiers (RFC 3279, 4055, 5758).

use super::identifier::{Hash, Identifier, NULL};
use super::pss::Pss;
use crate::Oid;
use crate::octets::{SEQUENCE, only};

/// How a signature was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5.
    Pkcs1(Hash),
    /// RSASSA-PSS with MGF1 of the same hash.
    Pss(Pss),
    /// ECDSA.
    Ecdsa(Hash),
}

impl Algorithm {
    /// The hash that is signed.
    #[must_use]
    pub fn hash(self) -> Hash {
        match self {
            Self::Pkcs1(hash) | Self::Ecdsa(hash) => hash,
            Self::Pss(pss) => pss.hash,
        }
    }

    /// Reads DER of an AlgorithmIdentifier; nothing when the algorithm is not one of these, or its
    /// parameters are not what the algorithm wants.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let identifier = Identifier::read(only(der, SEQUENCE).ok()?).ok()?;
        if identifier.is(&RSASSA_PSS) {
            return Some(Self::Pss(Pss::read(identifier.parameters?)?));
        }
        let (_, algorithm) = KNOWN.iter().find(|(oid, _)| identifier.is(oid))?;
        let parameters_fit = match algorithm {
            // RFC 4055 5: NULL, and absent must be accepted too.
            Self::Pkcs1(_) => identifier.parameters.is_none_or(|it| it == NULL),
            // RFC 5758 3.2.
            _ => identifier.parameters.is_none(),
        };
        parameters_fit.then_some(*algorithm)
    }
}

/// id-RSASSA-PSS.
pub(super) static RSASSA_PSS: Oid = asn1::oid!(1, 2, 840, 113549, 1, 1, 10);

/// The likeliest first.
static KNOWN: [(Oid, Algorithm); 8] = [
    (
        asn1::oid!(1, 2, 840, 113549, 1, 1, 11),
        Algorithm::Pkcs1(Hash::Sha256),
    ),
    (
        asn1::oid!(1, 2, 840, 10045, 4, 3, 2),
        Algorithm::Ecdsa(Hash::Sha256),
    ),
    (
        asn1::oid!(1, 2, 840, 10045, 4, 3, 3),
        Algorithm::Ecdsa(Hash::Sha384),
    ),
    (
        asn1::oid!(1, 2, 840, 113549, 1, 1, 12),
        Algorithm::Pkcs1(Hash::Sha384),
    ),
    (
        asn1::oid!(1, 2, 840, 113549, 1, 1, 13),
        Algorithm::Pkcs1(Hash::Sha512),
    ),
    (
        asn1::oid!(1, 2, 840, 10045, 4, 3, 4),
        Algorithm::Ecdsa(Hash::Sha512),
    ),
    (
        asn1::oid!(1, 2, 840, 113549, 1, 1, 5),
        Algorithm::Pkcs1(Hash::Sha1),
    ),
    (
        asn1::oid!(1, 2, 840, 10045, 4, 1),
        Algorithm::Ecdsa(Hash::Sha1),
    ),
];
