//! Which certificate is asked about (RFC 6960 4.1.1).

use std::sync::Arc;

use der::asn1::{IntRef, ObjectIdentifier, OctetStringRef};
use der::{Encode, Sequence};
use x509_cert::spki::AlgorithmIdentifierOwned;

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
/// and answers share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertId {
    /// The whole element.
    pub der: Vec<u8>,
    /// Hash algorithm of the two hashes below.
    pub hash_algorithm: ObjectIdentifier,
    /// Hash of the issuer's DN.
    pub issuer_name_hash: Vec<u8>,
    /// Hash of the issuer's public key.
    pub issuer_key_hash: Vec<u8>,
    /// Serial number as INTEGER content: big-endian, two's complement, minimal.
    pub serial: Vec<u8>,
}

impl CertId {
    pub(super) fn from_parsed(parsed: &Asked<'_>) -> Result<Arc<Self>> {
        let der = parsed
            .to_der()
            .map_err(|_| Error::malformed("CertID", "can't be written back"))?;
        Ok(Arc::new(Self {
            der,
            hash_algorithm: parsed.hash_algorithm.oid,
            issuer_name_hash: parsed.issuer_name_hash.as_bytes().to_vec(),
            issuer_key_hash: parsed.issuer_key_hash.as_bytes().to_vec(),
            serial: parsed.serial_number.as_bytes().to_vec(),
        }))
    }
}
