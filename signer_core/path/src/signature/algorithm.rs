//! Signature algorithm identifiers (RFC 3279, 4055, 5758).

use asn1::{Asn1Read, Tlv};

use super::pss::Pss;
use crate::Oid;

/// A hash function of a signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1, for tests alone.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// How a signature was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// RSASSA-PKCS1-v1_5.
    Pkcs1(Hash),
    /// RSASSA-PSS with MGF1 of the same hash.
    Pss(Pss),
    /// ECDSA.
    Ecdsa(Hash),
}

impl Algorithm {
    pub(super) fn hash(self) -> Hash {
        match self {
            Self::Pkcs1(hash) | Self::Ecdsa(hash) => hash,
            Self::Pss(pss) => pss.hash,
        }
    }

    /// Reads DER of an AlgorithmIdentifier; nothing when the algorithm is not one of these, or its
    /// parameters are not what the algorithm wants.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let identifier: Identifier<'_> = asn1::parse_single(der).ok()?;
        // RFC 4055 5: NULL, and absent must be accepted too. RFC 5758 3.2: absent.
        let absent = identifier.parameters.is_none();
        let null = identifier
            .parameters
            .is_some_and(|it| it.full_data() == [0x05, 0x00]);
        if identifier.oid == RSASSA_PSS {
            return Some(Self::Pss(Pss::read(identifier.parameters?.full_data())?));
        }
        let (_, algorithm) = KNOWN.iter().find(|(oid, _)| *oid == identifier.oid)?;
        let parameters_fit = match algorithm {
            Self::Pkcs1(_) => absent || null,
            _ => absent,
        };
        parameters_fit.then_some(*algorithm)
    }
}

/// An AlgorithmIdentifier.
#[derive(Asn1Read)]
pub(super) struct Identifier<'a> {
    pub(super) oid: Oid,
    pub(super) parameters: Option<Tlv<'a>>,
}

/// id-RSASSA-PSS.
pub(super) const RSASSA_PSS: Oid = asn1::oid!(1, 2, 840, 113549, 1, 1, 10);

const KNOWN: [(Oid, Algorithm); 8] = [
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
