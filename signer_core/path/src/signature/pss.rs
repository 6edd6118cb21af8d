//! Parameters of RSASSA-PSS (RFC 4055 3.1).

use asn1::{Asn1Read, Tlv};

use super::algorithm::{Hash, Identifier};
use crate::Oid;

/// Which hash, used for the message and for MGF1, and how long the salt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pss {
    pub(super) hash: Hash,
    pub(super) salt: u16,
}

/// What RSASSA-PSS-params of a signature says: its hash, which MGF1 uses too, and the length of its
/// salt in octets. Nothing when a part has its default, which is SHA-1, or the parts do not go
/// together.
#[must_use]
pub fn pss_hash_and_salt(parameters: &[u8]) -> Option<(Hash, u16)> {
    Pss::read(parameters).map(|it| (it.hash, it.salt))
}

#[derive(Asn1Read)]
struct Parameters<'a> {
    #[explicit(0)]
    hash: Option<Identifier<'a>>,
    #[explicit(1)]
    mask: Option<Identifier<'a>>,
    #[explicit(2)]
    salt: Option<u16>,
    #[explicit(3)]
    trailer: Option<u8>,
}

/// As long as fits into the largest modulus: many signers take the longest that fits into theirs.
const LONGEST_SALT: u16 = 1024;

impl Pss {
    /// Reads DER of RSASSA-PSS-params; nothing when a part has its default, which is SHA-1, or the
    /// parts do not go together.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let parameters: Parameters<'_> = asn1::parse_single(der).ok()?;
        let hash = hash(&parameters.hash?)?;
        let mask = parameters.mask?;
        let of_mask: Identifier<'_> = asn1::parse_single(mask.parameters?.full_data()).ok()?;
        let fits = mask.oid == MGF1
            && self::hash(&of_mask)? == hash
            && parameters.trailer.is_none_or(|one| one == 1);
        // DEFAULT 20.
        let salt = parameters.salt.unwrap_or(20);
        (fits && salt <= LONGEST_SALT).then_some(Self { hash, salt })
    }
}

fn hash(identifier: &Identifier<'_>) -> Option<Hash> {
    let nothing = identifier
        .parameters
        .as_ref()
        .is_none_or(|it: &Tlv<'_>| it.full_data() == [0x05, 0x00]);
    let (_, hash) = HASHES.iter().find(|(oid, _)| *oid == identifier.oid)?;
    nothing.then_some(*hash)
}

const MGF1: Oid = asn1::oid!(1, 2, 840, 113549, 1, 1, 8);

const HASHES: [(Oid, Hash); 3] = [
    (asn1::oid!(2, 16, 840, 1, 101, 3, 4, 2, 1), Hash::Sha256),
    (asn1::oid!(2, 16, 840, 1, 101, 3, 4, 2, 2), Hash::Sha384),
    (asn1::oid!(2, 16, 840, 1, 101, 3, 4, 2, 3), Hash::Sha512),
];
