//! Public keys of those who sign statements, with signatures as COSE writes them: ES256
//! (RFC 9053 2.1) and RS256 (RFC 8812 2).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use formats::error::{Error, Result};
use formats::signing::{Hash, PublicKey};

/// A public key of either algorithm, parsed once: an officer's verifies every day.
pub struct StatementKey {
    key: Key,
}

enum Key {
    Es256(ParsedPublicKey),
    Rs256(Box<PublicKey>),
}

impl StatementKey {
    /// A key on P-256: its point, uncompressed (SEC 1 2.3.3).
    ///
    /// # Errors
    /// `Key` for octets that are no point of the curve, or in another form.
    pub fn es256(point: &[u8]) -> Result<Self> {
        let refused = || Error::key("not a point of P-256, uncompressed");
        // The library takes other forms too.
        if point.len() != 65 || point[0] != 4 {
            return Err(refused());
        }
        let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).map_err(|_| refused())?;
        Ok(Self {
            key: Key::Es256(key),
        })
    }

    /// An RSA key: its `SubjectPublicKeyInfo`, DER.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`].
    pub fn rs256(spki: &[u8]) -> Result<Self> {
        Ok(Self {
            key: Key::Rs256(Box::new(PublicKey::from_spki(spki)?)),
        })
    }

    /// Whether `signature` is this key's over the message: of P-256 r and s, 32 octets each.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Key::Es256(key) => key.verify_sig(message, signature).is_ok(),
            Key::Rs256(key) => key.verifies(&Hash::Sha256.digest(message), signature),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_uncompressed_points_are_taken() {
        use aws_lc_rs::encoding::{AsBigEndian, EcPublicKeyCompressedBin};
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref().to_vec();
        let compressed: EcPublicKeyCompressedBin = pair.public_key().as_be_bytes().unwrap();
        assert!(StatementKey::es256(&point).is_ok());
        let mut off_the_curve = point.clone();
        off_the_curve[64] ^= 1;
        for refused in [compressed.as_ref(), &point[1..], &off_the_curve, &[]] {
            assert!(StatementKey::es256(refused).is_err());
        }
    }
}
