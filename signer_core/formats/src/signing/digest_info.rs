//! `DigestInfo` of PKCS #1 (RFC 8017 section 9.2): what `CKM_RSA_PKCS` pads and signs.
//!
//! The message is hashed here, not on the device: a revocation list has tens of megabytes, and a
//! network device would have to be sent all of it.

use super::hash::{Digest, Hash};

/// The octets a device signs for this digest: 51, 67 or 83 of them.
#[must_use]
pub fn digest_info(digest: &Digest) -> Vec<u8> {
    // Everything before the digest is fixed for each function (RFC 8017 section 9.2, note 1):
    // lengths, the function's arc under 2.16.840.1.101.3.4.2, NULL, and the length of the digest.
    let (total, arc, octets) = match digest.hash() {
        Hash::Sha256 => (0x31, 0x01, 0x20),
        Hash::Sha384 => (0x41, 0x02, 0x30),
        Hash::Sha512 => (0x51, 0x03, 0x40),
    };
    let prefix = [
        0x30, total, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, arc,
        0x05, 0x00, 0x04, octets,
    ];
    [&prefix, digest.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
    use der::{Decode, Sequence};

    use super::*;

    #[derive(Sequence)]
    struct Algorithm<'a> {
        oid: ObjectIdentifier,
        parameters: Option<AnyRef<'a>>,
    }

    #[derive(Sequence)]
    struct DigestInfo<'a> {
        algorithm: Algorithm<'a>,
        digest: OctetStringRef<'a>,
    }

    #[test]
    fn a_parser_reads_back_function_and_digest() {
        for (hash, oid) in [
            (Hash::Sha256, "2.16.840.1.101.3.4.2.1"),
            (Hash::Sha384, "2.16.840.1.101.3.4.2.2"),
            (Hash::Sha512, "2.16.840.1.101.3.4.2.3"),
        ] {
            let digest = hash.digest(b"message");
            let encoded = digest_info(&digest);
            let info = DigestInfo::from_der(&encoded).expect("DER");
            assert_eq!(info.algorithm.oid.to_string(), oid);
            assert_eq!(info.algorithm.parameters, Some(AnyRef::NULL));
            assert_eq!(info.digest.as_bytes(), digest.as_bytes());
        }
    }
}
