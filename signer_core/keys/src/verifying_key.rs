//! Public keys that check many signatures at once.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use formats::error::{Error, Result};
use formats::signing::{Digest, Hash, PublicKey, encoded_message};
use rayon::prelude::*;
use rsa_lanes::{Check, LANES, PublicNumbers, verify_group};
use threads::with_pool;

use super::lanes::switched_on;

/// A [`PublicKey`] with what the lanes of a vector make of it.
#[derive(Clone)]
pub struct VerifyingKey {
    key: PublicKey,
    /// Made by the first group: most keys never check one.
    lanes: Arc<OnceLock<Option<PublicNumbers>>>,
}

impl Deref for VerifyingKey {
    type Target = PublicKey;

    fn deref(&self) -> &PublicKey {
        &self.key
    }
}

impl VerifyingKey {
    /// Reads a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// As [`PublicKey::from_spki`].
    pub fn from_spki(spki: &[u8]) -> Result<Self> {
        Ok(Self {
            key: PublicKey::from_spki(spki)?,
            lanes: Arc::default(),
        })
    }

    /// The key as the lanes of a vector take it, where key and processor allow.
    pub(super) fn public_numbers(&self) -> Option<&PublicNumbers> {
        self.lanes
            .get_or_init(|| PublicNumbers::new(self.modulus(), self.exponent()))
            .as_ref()
    }

    /// [`Self::verifies`] of up to eight signatures.
    fn verify_some(&self, digests: &[Digest], signatures: &[&[u8]]) -> Vec<bool> {
        let encoded: Vec<_> = digests
            .iter()
            .map(|digest| encoded_message(digest, self.signature_len()))
            .collect();
        let lanes = switched_on().then(|| self.public_numbers()).flatten();
        let together = lanes.and_then(|key| {
            let checks: Vec<_> = signatures
                .iter()
                .zip(&encoded)
                .map(|(signature, encoded)| Check {
                    key,
                    signature,
                    encoded,
                })
                .collect();
            verify_group(&checks)
        });
        together.unwrap_or_else(|| {
            let pairs = digests.iter().zip(signatures);
            pairs
                .map(|(digest, signature)| self.verifies(digest, signature))
                .collect()
        })
    }
}

/// Checks each signature over its message, spread over all cores; one answer per pair, in order.
///
/// # Errors
/// `InvalidArgument` when there are not as many signatures as messages.
pub fn verify_batch<M, S>(
    key: &VerifyingKey,
    hash: Hash,
    messages: &[M],
    signatures: &[S],
) -> Result<Vec<bool>>
where
    M: AsRef<[u8]> + Sync,
    S: AsRef<[u8]> + Sync,
{
    if messages.len() != signatures.len() {
        return Err(Error::invalid(
            "signatures",
            format!("{} for {} messages", signatures.len(), messages.len()),
        ));
    }
    Ok(with_pool(|| {
        messages
            .par_chunks(LANES)
            .zip(signatures.par_chunks(LANES))
            .flat_map_iter(|(messages, signatures)| {
                let digest = |message: &M| hash.digest(message.as_ref());
                let digests: Vec<_> = messages.iter().map(digest).collect();
                let signatures: Vec<_> = signatures.iter().map(AsRef::as_ref).collect();
                key.verify_some(&digests, &signatures)
            })
            .collect()
    })?)
}
