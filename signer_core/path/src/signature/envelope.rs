//! The outermost structure of everything that is signed in X.509.

use asn1::{Asn1Read, Asn1Readable, BitString, Tlv};

use crate::Sha256;
use crate::certificate::Unreadable;

/// A signed object, as `signatures` wants it.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The octets that are signed, as received.
    pub octets: &'a [u8],
    /// DER of the outer AlgorithmIdentifier. That the inner one is equal is the reader's to check.
    pub algorithm: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// SHA-256 of the whole object.
    pub sha256: &'a Sha256,
}

/// `SEQUENCE { tbs, AlgorithmIdentifier, BIT STRING }`: a certificate, a list, the inside of an OCSP
/// response up to its certificates. Every part is a piece of the octets that were read.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The element that is signed, header included.
    pub tbs: &'a [u8],
    /// DER of the AlgorithmIdentifier.
    pub algorithm: &'a [u8],
    /// The signature; empty when it is no whole number of octets.
    pub signature: &'a [u8],
}

#[derive(Asn1Read)]
struct Parts<'a> {
    tbs: Tlv<'a>,
    algorithm: Tlv<'a>,
    signature: Tlv<'a>,
}

impl<'a> Envelope<'a> {
    /// Reads the envelope, nothing after it.
    ///
    /// # Errors
    /// [`Unreadable`], naming `field`, when it is none.
    pub fn read(octets: &'a [u8], field: &'static str) -> Result<Self, Unreadable> {
        let parts: Parts<'a> =
            asn1::parse_single(octets).map_err(|_| Unreadable::new(field, "is not DER of it"))?;
        if !BitString::can_parse(parts.signature.tag()) {
            return Err(Unreadable::new("signatureValue", "is not a BIT STRING"));
        }
        // Every signature is a whole number of octets. One with unused bits is nobody's, and to say
        // so is verification's part.
        let signature = match parts.signature.parse::<BitString<'a>>() {
            Ok(bits) if bits.padding_bits() == 0 => bits.as_bytes(),
            _ => &[],
        };
        Ok(Self {
            tbs: parts.tbs.full_data(),
            algorithm: parts.algorithm.full_data(),
            signature,
        })
    }

    /// The same for verification, `sha256` being of the whole object.
    #[must_use]
    pub fn signed(&self, sha256: &'a Sha256) -> Signed<'a> {
        Signed {
            octets: self.tbs,
            algorithm: self.algorithm,
            signature: self.signature,
            sha256,
        }
    }
}
