//! Whoever holds a private key, as the parts that build and sign ask for it.

use super::hash::{Digest, Hash};
use super::public_key::PublicKey;
use crate::error::Result;

/// Signs with one private key, wherever that is. A signature that does not verify with the public
/// key is never returned.
pub trait Signer: Sync {
    /// The public half of the key.
    fn public_key(&self) -> &PublicKey;

    /// The signature over a message that was hashed while it was written.
    ///
    /// # Errors
    /// `SignatureCheckFailed` when the signature does not verify; `Key` and what else the key's home
    /// fails with.
    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>>;

    /// The signatures over messages, in their order, all or none. `threads` caps how many are made at
    /// once: by so many cores, over so many of a device's sessions. `None` means all there are.
    ///
    /// # Errors
    /// As [`Self::sign_digest`]; `InvalidArgument` for zero threads.
    fn sign_messages(
        &self,
        hash: Hash,
        messages: &[Vec<u8>],
        threads: Option<usize>,
    ) -> Result<Vec<Vec<u8>>>;
}
