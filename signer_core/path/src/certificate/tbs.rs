//! The fields of a tbsCertificate (RFC 5280 4.1). Everything is a piece of the octets.

use asn1::SimpleAsn1Readable;

use crate::Unreadable;
use crate::octets::{Elements, INTEGER, SEQUENCE, bits, integer, only};
use crate::time::time;

pub(super) struct Tbs<'a> {
    pub(super) version: Option<u8>,
    /// Content octets.
    pub(super) serial: &'a [u8],
    /// DER of the inner AlgorithmIdentifier, of the names and of the key.
    pub(super) algorithm: &'a [u8],
    pub(super) issuer: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) key: &'a [u8],
    /// Seconds since 1970.
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    /// Whether there is an issuerUniqueID or a subjectUniqueID.
    pub(super) unique: bool,
    /// Content of the SEQUENCE OF Extension.
    pub(super) extensions: Option<&'a [u8]>,
}

impl<'a> Tbs<'a> {
    /// Reads the content of a tbsCertificate.
    pub(super) fn read(content: &'a [u8]) -> Result<Self, Unreadable> {
        let mut fields = Elements::new(content);
        let version = match fields.optional(0xA0)? {
            Some(field) => Some(u8::parse_data(only(field.content, INTEGER)?)?),
            None => None,
        };
        let serial = integer(fields.expect(INTEGER)?)?;
        let algorithm = fields.any()?.whole;
        let issuer = fields.any()?.whole;
        let mut validity = Elements::new(fields.expect(SEQUENCE)?);
        let not_before = time(&validity.any()?)?;
        let not_after = time(&validity.any()?)?;
        validity.end()?;
        let subject = fields.any()?.whole;
        let key = fields.any()?.whole;
        let mut unique = false;
        for tag in [0x81, 0x82] {
            if let Some(identifier) = fields.optional(tag)? {
                bits(identifier.content)?;
                unique = true;
            }
        }
        let extensions = match fields.optional(0xA3)? {
            Some(field) => Some(only(field.content, SEQUENCE)?),
            None => None,
        };
        fields.end()?;
        Ok(Self {
            version,
            serial,
            algorithm,
            issuer,
            subject,
            key,
            not_before,
            not_after,
            unique,
            extensions,
        })
    }
}
