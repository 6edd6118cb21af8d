//! RSA public keys.

use aws_lc_rs::rsa::PublicKey as AwsLcPublicKey;
use aws_lc_rs::signature::ParsedPublicKey;
use der::Decode;

use super::hash::{Digest, Hash};
use crate::der::oid;
use crate::error::{Error, Result};

/// An RSA public key within the bounds of [`key_rule`], parsed once.
#[derive(Clone)]
pub struct PublicKey {
    spki: Vec<u8>,
    bits: usize,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    sha256: ParsedPublicKey,
    sha384: ParsedPublicKey,
    sha512: ParsedPublicKey,
}

impl PublicKey {
    /// Reads a DER `SubjectPublicKeyInfo` with rsaEncryption (RFC 3279 2.3.1).
    ///
    /// # Errors
    /// `Malformed` when it does not parse, trailing octets included; `Key` when it is another
    /// algorithm or a key this core does not use.
    pub fn from_spki(spki: &[u8]) -> Result<Self> {
        let info = x509_cert::spki::SubjectPublicKeyInfoRef::from_der(spki)
            .map_err(|error| Error::not_der("SubjectPublicKeyInfo", error.kind()))?;
        if info.algorithm.oid != oid::RSA_ENCRYPTION {
            return Err(Error::key("the public key is not RSA"));
        }
        let rejected = |_| Error::key("not an RSA public key of 2048 to 8192 bits");
        let numbers = AwsLcPublicKey::from_der(spki).map_err(rejected)?;
        let modulus = numbers.modulus().big_endian_without_leading_zero();
        let exponent = numbers.exponent().big_endian_without_leading_zero();
        let bits = key_rule::judge(modulus, exponent).map_err(Error::key)?;
        if bits < key_rule::MINIMUM_BITS {
            return Err(Error::key("the RSA modulus is shorter than 2048 bits"));
        }
        let parse = |hash: Hash| ParsedPublicKey::new(hash.verification(), spki).map_err(rejected);
        Ok(Self {
            bits,
            modulus: modulus.to_vec(),
            exponent: exponent.to_vec(),
            sha256: parse(Hash::Sha256)?,
            sha384: parse(Hash::Sha384)?,
            sha512: parse(Hash::Sha512)?,
            spki: spki.to_vec(),
        })
    }

    /// The `SubjectPublicKeyInfo`, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The modulus, big-endian, no leading zeros.
    #[must_use]
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// The public exponent, big-endian, no leading zeros.
    #[must_use]
    pub fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    /// Octets of a signature by this key.
    #[must_use]
    pub fn signature_len(&self) -> usize {
        self.bits.div_ceil(8)
    }

    /// Whether `signature` is this key's over the message behind `digest`.
    #[must_use]
    pub fn verifies(&self, digest: &Digest, signature: &[u8]) -> bool {
        let key = match digest.hash() {
            Hash::Sha256 => &self.sha256,
            Hash::Sha384 => &self.sha384,
            Hash::Sha512 => &self.sha512,
        };
        key.verify_digest_sig(digest.value(), signature).is_ok()
    }
}
