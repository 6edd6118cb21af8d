//! The seam between what asks for signatures and what computes them.

use super::hash::Digest;
use super::verify::VerifyingKey;
use crate::error::Result;

/// Computes RSASSA-PKCS1-v1_5 signatures over digests, several at a time if it can.
///
/// Callers use [`super::sign_batch`] and its kin, which verify what comes out; nobody else hands a
/// signature on.
pub trait BatchSigner: Send + Sync {
    /// The public half of the key.
    fn verifying_key(&self) -> &VerifyingKey;

    /// How many digests one call works on at the same time; batches are cut to this size.
    fn lanes(&self) -> usize {
        1
    }

    /// Whether it compares every s^e with the encoded message itself before it hands s out. Batches
    /// are then checked in groups for a second time, otherwise one by one.
    fn checks_itself(&self) -> bool {
        false
    }

    /// One signature for each digest, in order, each as long as the modulus.
    ///
    /// # Errors
    /// `Key` when the private operation fails; nothing of the call is used then.
    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>>;
}
