//! Many signatures of one key checked: in the lanes where that was measured to be sooner.

use formats::error::{Error, Result};
use formats::signing::{Digest, Hash};
use rayon::prelude::*;
use rsa_lanes::LANES;
use threads::with_pool;

use super::lanes::checks_pay;
use super::verifying_key::VerifyingKey;

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
                verify_some(key, &digests, &signatures)
            })
            .collect()
    })?)
}

/// Of up to eight signatures.
fn verify_some(key: &VerifyingKey, digests: &[Digest], signatures: &[&[u8]]) -> Vec<bool> {
    let pay = checks_pay(key.bits(), signatures.len(), key.is_in_lanes());
    let together = pay.then(|| key.verify_together(digests, signatures));
    together.flatten().unwrap_or_else(|| {
        let pairs = digests.iter().zip(signatures);
        pairs
            .map(|(digest, signature)| key.verifies(digest, signature))
            .collect()
    })
}
