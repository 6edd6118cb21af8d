//! Keys that sign what is made.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};

use super::sequence;
use crate::octets::wrapped;

/// A P-256 key.
pub(crate) struct Key {
    pair: EcdsaKeyPair,
}

/// ecdsa-with-SHA256.
pub(crate) const ECDSA_SHA256: [u8; 12] =
    [0x30, 10, 0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2];

impl Key {
    pub(crate) fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        Self { pair }
    }

    /// Octets of the BIT STRING.
    pub(crate) fn bits(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        let ec = [0x06, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
        let curve = [0x06, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7];
        let bits = wrapped(3, &[&[0], self.bits()].concat());
        sequence(&[&sequence(&[&ec, &curve]), &bits])
    }

    /// SHA-1 of the BIT STRING's octets (RFC 5280 4.2.1.2 (1)).
    pub(crate) fn identifier(&self) -> Vec<u8> {
        digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, self.bits())
            .as_ref()
            .to_vec()
    }

    /// `tbs` with its algorithm and signature around it.
    pub(crate) fn sign(&self, tbs: &[u8]) -> Vec<u8> {
        let signature = self.pair.sign(&SystemRandom::new(), tbs).unwrap();
        let bits = wrapped(3, &[&[0], signature.as_ref()].concat());
        sequence(&[tbs, &ECDSA_SHA256, &bits])
    }
}
