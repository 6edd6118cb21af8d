//! Public keys, and the one rule for them.

use crate::Sha256;

/// A `SubjectPublicKeyInfo`, read and judged once.
#[derive(Clone)]
pub struct PublicKey {
    spki: Box<[u8]>,
    sha256: Sha256,
}

impl PublicKey {
    /// The DER, as received.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> &Sha256 {
        &self.sha256
    }
}
