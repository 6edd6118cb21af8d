//! Which certificate is asked about (RFC 6960 4.1.1).

use std::ops::Range;
use std::sync::Arc;

use der::asn1::{IntRef, ObjectIdentifier, OctetStringRef};
use der::{Encode, Sequence};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::der::header_len;
use crate::error::{Error, Result};

/// `CertID` with a serial number of any length. A certificate's has 20 octets at most (RFC 5280
/// 4.1.2.2); who asks about a longer one is to hear that it is unknown, not that this is no request.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub(super) struct Asked<'a> {
    hash_algorithm: AlgorithmIdentifierOwned,
    issuer_name_hash: OctetStringRef<'a>,
    issuer_key_hash: OctetStringRef<'a>,
    serial_number: IntRef<'a>,
}

/// `CertID` as it was asked, kept whole: the answer must echo it in the asker's own hash. Requests
/// and answers share it. What is in it has no memory of its own: it is looked at for each answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertId {
    /// The whole element.
    pub der: Vec<u8>,
    /// Hash algorithm of the two hashes.
    pub hash_algorithm: ObjectIdentifier,
    name: Range<usize>,
    key: Range<usize>,
    serial: Range<usize>,
}

impl CertId {
    pub(super) fn from_parsed(parsed: &Asked<'_>) -> Result<Arc<Self>> {
        let der = parsed
            .to_der()
            .map_err(|_| Error::malformed("CertID", "can't be written back"))?;
        let places = places(
            der.len(),
            parsed.issuer_name_hash.as_bytes(),
            parsed.issuer_key_hash.as_bytes(),
            parsed.serial_number.as_bytes(),
        );
        let [name, key, serial] =
            places.ok_or_else(|| Error::malformed("CertID", "can't be written back"))?;
        Ok(Arc::new(Self {
            der,
            hash_algorithm: parsed.hash_algorithm.oid,
            name,
            key,
            serial,
        }))
    }

    /// Hash of the issuer's DN.
    #[must_use]
    pub fn issuer_name_hash(&self) -> &[u8] {
        self.part(&self.name)
    }

    /// Hash of the issuer's public key.
    #[must_use]
    pub fn issuer_key_hash(&self) -> &[u8] {
        self.part(&self.key)
    }

    /// Serial number as INTEGER content: big-endian, two's complement, minimal.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.part(&self.serial)
    }

    fn part(&self, place: &Range<usize>) -> &[u8] {
        self.der.get(place.clone()).unwrap_or_default()
    }
}

/// Where these three are that end an element of so many octets, each behind its header.
fn places(end: usize, name: &[u8], key: &[u8], serial: &[u8]) -> Option<[Range<usize>; 3]> {
    let before = |end: usize, content: &[u8]| {
        let start = end.checked_sub(content.len())?;
        Some((start..end, start.checked_sub(header_len(content.len()))?))
    };
    let (serial, end) = before(end, serial)?;
    let (key, end) = before(end, key)?;
    let (name, _) = before(end, name)?;
    Some([name, key, serial])
}
