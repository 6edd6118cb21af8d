//! Public keys that check many signatures at once.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use formats::error::Result;
use formats::signing::{Digest, PublicKey, encoded_message};
use rsa_lanes::{Check, PublicNumbers, verify_group};

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

    /// Whether it was in the lanes before.
    pub(super) fn is_in_lanes(&self) -> bool {
        self.lanes.get().is_some()
    }

    /// [`Self::verifies`] of up to eight signatures, in the lanes; `None` where key or processor have
    /// none.
    pub(super) fn verify_together(
        &self,
        digests: &[Digest],
        signatures: &[&[u8]],
    ) -> Option<Vec<bool>> {
        #[cfg(feature = "slowed")]
        let began = std::time::Instant::now();
        let key = self.public_numbers()?;
        let encoded: Vec<_> = digests
            .iter()
            .map(|digest| encoded_message(digest, self.signature_len()))
            .collect();
        let checks: Vec<_> = signatures
            .iter()
            .zip(&encoded)
            .map(|(signature, encoded)| Check {
                key,
                signature,
                encoded,
            })
            .collect();
        let found = verify_group(&checks);
        #[cfg(feature = "slowed")]
        super::slowed::since(began, signatures.len());
        found
    }
}
