//! Parameters of RSASSA-PSS (RFC 4055 3.1).

use asn1::SimpleAsn1Readable;

use super::identifier::{Hash, Identifier, NULL};
use crate::octets::{Elements, INTEGER, SEQUENCE, only};
use crate::{Oid, Unreadable};

/// Which hash, used for the message and for MGF1, and how long the salt is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pss {
    /// Of the message and for MGF1.
    pub hash: Hash,
    /// Octets of the salt.
    pub salt: u16,
}

/// What RSASSA-PSS-params of a signature says: its hash, which MGF1 uses too, and the length of its
/// salt in octets. Nothing when a part has its default, which is SHA-1, or the parts do not go
/// together.
#[must_use]
pub fn pss_hash_and_salt(parameters: &[u8]) -> Option<(Hash, u16)> {
    Pss::read(parameters).map(|it| (it.hash, it.salt))
}

/// The fields of RSASSA-PSS-params.
struct Parameters<'a> {
    hash: Option<Identifier<'a>>,
    mask: Option<Identifier<'a>>,
    salt: Option<u16>,
    trailer: Option<u8>,
}

impl<'a> Parameters<'a> {
    fn read(der: &'a [u8]) -> Result<Self, Unreadable> {
        let mut fields = Elements::within(der, SEQUENCE)?;
        let mut explicit = |tag: u8, inside: u8| {
            let field = fields.optional(tag)?;
            field.map(|field| only(field.content, inside)).transpose()
        };
        let parameters = Self {
            hash: explicit(0xA0, SEQUENCE)?
                .map(Identifier::read)
                .transpose()?,
            mask: explicit(0xA1, SEQUENCE)?
                .map(Identifier::read)
                .transpose()?,
            salt: explicit(0xA2, INTEGER)?.map(u16::parse_data).transpose()?,
            trailer: explicit(0xA3, INTEGER)?.map(u8::parse_data).transpose()?,
        };
        fields.end()?;
        Ok(parameters)
    }
}

/// As long as fits into the largest modulus: many signers take the longest that fits into theirs.
const LONGEST_SALT: u16 = 1024;

impl Pss {
    /// Reads DER of RSASSA-PSS-params; nothing when a part has its default, which is SHA-1, or the
    /// parts do not go together.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let parameters = Parameters::read(der).ok()?;
        let hash = hash(&parameters.hash?)?;
        let mask = parameters.mask?;
        let of_mask = Identifier::read(only(mask.parameters?, SEQUENCE).ok()?).ok()?;
        let fits = mask.is(&MGF1)
            && self::hash(&of_mask)? == hash
            && parameters.trailer.is_none_or(|one| one == 1);
        // DEFAULT 20.
        let salt = parameters.salt.unwrap_or(20);
        (fits && salt <= LONGEST_SALT).then_some(Self { hash, salt })
    }
}

fn hash(identifier: &Identifier<'_>) -> Option<Hash> {
    let nothing = identifier.parameters.is_none_or(|it| it == NULL);
    let (_, hash) = HASHES.iter().find(|(oid, _)| identifier.is(oid))?;
    nothing.then_some(*hash)
}

static MGF1: Oid = asn1::oid!(1, 2, 840, 113549, 1, 1, 8);

static HASHES: [(Oid, Hash); 3] = [
    (asn1::oid!(2, 16, 840, 1, 101, 3, 4, 2, 1), Hash::Sha256),
    (asn1::oid!(2, 16, 840, 1, 101, 3, 4, 2, 2), Hash::Sha384),
    (asn1::oid!(2, 16, 840, 1, 101, 3, 4, 2, 3), Hash::Sha512),
];
