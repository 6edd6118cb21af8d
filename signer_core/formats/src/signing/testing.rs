//! A key for tests, which the crate `keys`, built on this one, can't bring: AWS-LC's alone.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};

use super::{Digest, Hash, PublicKey, Signer};
use crate::error::Result;

pub(crate) struct TestKey {
    pair: KeyPair,
    public: PublicKey,
}

impl TestKey {
    /// Of 2048 bits.
    pub(crate) fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let public = PublicKey::from_spki(spki.as_ref()).unwrap();
        Self { pair, public }
    }

    /// sha256WithRSAEncryption.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.public.signature_len()];
        let random = SystemRandom::new();
        let signed = self
            .pair
            .sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
        signed.unwrap();
        signature
    }
}

impl Signer for TestKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>> {
        let mut signature = vec![0; self.public.signature_len()];
        let signed = self
            .pair
            .sign_digest(&RSA_PKCS1_SHA256, digest.value(), &mut signature);
        signed.unwrap();
        Ok(signature)
    }

    fn sign_messages(
        &self,
        hash: Hash,
        messages: &[Vec<u8>],
        _threads: Option<usize>,
    ) -> Result<Vec<Vec<u8>>> {
        messages
            .iter()
            .map(|message| self.sign_digest(&hash.digest(message)))
            .collect()
    }
}
