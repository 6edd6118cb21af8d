//! RSA keys as two numbers, read from their SubjectPublicKeyInfo.

use std::ops::RangeInclusive;

use der::asn1::UintRef;
use der::{Decode, Reader, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoRef;

use crate::der::oid::RSA_ENCRYPTION;

/// How the SubjectPublicKeyInfo of a key of 2048 bits with an exponent of three octets begins, up
/// to the RSAPublicKey: every length, rsaEncryption with NULL, no unused bits (RFC 3279 2.3.1).
const USUAL: [u8; 24] = [
    0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
    0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00,
];
const USUAL_KEY: usize = 270;

/// Modulus and public exponent, big-endian without leading zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RsaPublicKey<'a> {
    pub(super) modulus: &'a [u8],
    pub(super) exponent: &'a [u8],
    /// The RSAPublicKey both stand in, DER: what a key identifier is the digest of.
    pub(super) der: &'a [u8],
}

impl<'a> RsaPublicKey<'a> {
    /// Reads SubjectPublicKeyInfo DER of a key within these sizes; `Err` names the broken rule.
    pub(super) fn from_spki(
        spki: &'a [u8],
        bits: &RangeInclusive<usize>,
    ) -> Result<Self, &'static str> {
        // Nearly every key: taking this apart piece by piece costs more than encoding the name.
        if let Some(octets) = spki.strip_prefix(&USUAL)
            && octets.len() == USUAL_KEY
        {
            return Self::from_public_key(octets, bits);
        }
        let spki = SubjectPublicKeyInfoRef::<'a>::from_der(spki)
            .map_err(|_| "is not a DER SubjectPublicKeyInfo")?;
        if spki.algorithm.oid != RSA_ENCRYPTION {
            return Err("algorithm must be rsaEncryption");
        }
        // RFC 3279 2.3.1: the parameters MUST be NULL.
        if !spki.algorithm.parameters.is_some_and(|p| p.is_null()) {
            return Err("parameters of rsaEncryption must be NULL");
        }
        let octets = spki
            .subject_public_key
            .as_bytes()
            .ok_or("public key must be a whole number of octets")?;
        Self::from_public_key(octets, bits)
    }

    /// Reads RSAPublicKey DER (RFC 8017 A.1.1), the content of the SubjectPublicKeyInfo.
    pub(super) fn from_public_key(
        der: &'a [u8],
        bits: &RangeInclusive<usize>,
    ) -> Result<Self, &'static str> {
        let key = SliceReader::new(der)
            .and_then(|mut reader| {
                let key = reader.sequence(|r| {
                    let modulus = r.decode::<UintRef<'a>>()?.as_bytes();
                    let exponent = r.decode::<UintRef<'a>>()?.as_bytes();
                    Ok(Self {
                        modulus,
                        exponent,
                        der,
                    })
                })?;
                reader.finish(key)
            })
            .map_err(|_| "is not a DER RSAPublicKey")?;
        key.check_strength(bits)?;
        Ok(key)
    }

    /// Size and shape (R9.1.1). Weak-key searches are made long before, where a key is handed in;
    /// this keeps what could never be right out of a certificate.
    fn check_strength(&self, bits: &RangeInclusive<usize>) -> Result<(), &'static str> {
        let [first, .., last] = self.modulus else {
            return Err("modulus must be longer");
        };
        let size = self.modulus.len() * 8 - first.leading_zeros() as usize;
        if !bits.contains(&size) || !size.is_multiple_of(8) {
            return Err(if bits.start() == bits.end() {
                "modulus must have exactly 2048 bits"
            } else {
                "modulus must have a size of the profile"
            });
        }
        if last & 1 == 0 {
            return Err("modulus must be odd");
        }
        let odd = self.exponent.last().is_some_and(|last| last & 1 == 1);
        // 65537 up to 2^256, the range of FIPS 186-5 5.4(e).
        if !odd || !(3..=32).contains(&self.exponent.len()) {
            return Err("public exponent must be odd, at least 65537 and below 2^256");
        }
        Ok(())
    }
}
