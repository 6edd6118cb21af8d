//! What a key must offer to be signed with, wherever it is: in memory, on a device, in a test.

use std::sync::Arc;

use formats::error::Result;
use formats::signing::{Digest, Hash};
use rsa_lanes::PrivateNumbers;

use super::verifying_key::VerifyingKey;

/// Computes RSASSA-PKCS1-v1_5 signatures over digests.
///
/// Callers use [`super::sign_batch`] and its kin, which verify what comes out; nobody else hands a
/// signature on.
pub trait BatchSigner: Send + Sync {
    /// The public half of the key.
    fn verifying_key(&self) -> &VerifyingKey;

    /// The key as the lanes of a vector take it, where key and processor allow: signatures that
    /// are asked for together are then made eight at a time, whoever their keys belong to.
    fn private_numbers(&self) -> Option<&PrivateNumbers> {
        None
    }

    /// The key as threads share it: its single signatures are then gathered with those that others
    /// ask for at the same time.
    fn shared(&self) -> Option<Arc<dyn BatchSigner>> {
        None
    }

    /// How many digests are handed to one call of [`Self::sign_digests`].
    fn turn(&self) -> usize {
        1
    }

    /// Whether [`Self::sign_digests`] returns only what it has raised to the power e itself and
    /// found right. Whatever comes from a signer that does not say so is verified by the caller.
    fn verifies_itself(&self) -> bool {
        false
    }

    /// One signature for each digest, in order, each as long as the modulus; verified only where
    /// [`Self::verifies_itself`] says so.
    ///
    /// # Errors
    /// `Key` when the private operation fails; nothing of the call is used then.
    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>>;
}

/// One message to sign, and by whom.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Whose key.
    pub signer: &'a dyn BatchSigner,
    /// The function the message is hashed with.
    pub hash: Hash,
    /// The message.
    pub message: &'a [u8],
}
