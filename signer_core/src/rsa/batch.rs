//! Hash, sign over all cores, check, release.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::hash::{Digest, Hash};
use super::pool::with_pool;
use super::signer::BatchSigner;
use crate::error::{Error, Result};

/// Signs every message, in order. `threads` caps the cores used; `None` means all of them.
///
/// # Errors
/// `SignatureCheckFailed` when any signature does not verify with the public key, `Key` when the
/// private operation fails, `InvalidArgument` for zero threads. No signature of the batch is
/// released then.
pub fn sign_batch<M: AsRef<[u8]> + Sync>(
    signer: &dyn BatchSigner,
    hash: Hash,
    messages: &[M],
    threads: Option<usize>,
) -> Result<Vec<Vec<u8>>> {
    if threads == Some(0) {
        return Err(Error::InvalidArgument("threads: must be at least 1".into()));
    }
    let lanes = signer.lanes().max(1);
    let pieces = messages.len().div_ceil(lanes);
    let sign_piece = |piece: usize| {
        let from = piece * lanes;
        let to = messages.len().min(from + lanes);
        let digests: Vec<Digest> = messages[from..to]
            .iter()
            .map(|message| hash.digest(message.as_ref()))
            .collect();
        sign_checked(signer, &digests)
    };
    if threads == Some(1) || pieces <= 1 {
        let signed: Result<Vec<_>> = (0..pieces).map(sign_piece).collect();
        return Ok(signed?.into_iter().flatten().collect());
    }
    let signed = with_pool(|| {
        let workers = threads
            .unwrap_or(usize::MAX)
            .min(rayon::current_num_threads())
            .min(pieces);
        take_turns(workers, pieces, &sign_piece)
    })??;
    Ok(signed.into_iter().flatten().collect())
}

/// Signs one message.
///
/// # Errors
/// As [`sign_batch`].
pub fn sign(signer: &dyn BatchSigner, hash: Hash, message: &[u8]) -> Result<Vec<u8>> {
    sign_digest(signer, &hash.digest(message))
}

/// Signs what was hashed elsewhere, such as a list hashed while it was encoded.
///
/// # Errors
/// As [`sign_batch`].
pub fn sign_digest(signer: &dyn BatchSigner, digest: &Digest) -> Result<Vec<u8>> {
    let signed = sign_checked(signer, std::slice::from_ref(digest))?;
    // `sign_checked` gives exactly one signature for one digest.
    signed.into_iter().next().ok_or(Error::SignatureCheckFailed)
}

/// Workers draw the next piece until none is left, so a core that is slowed down by something
/// else holds up one piece, not its whole share.
fn take_turns<T: Send>(
    workers: usize,
    pieces: usize,
    work: &(impl Fn(usize) -> Result<T> + Sync),
) -> Result<Vec<T>> {
    let next = AtomicUsize::new(0);
    let shares: Result<Vec<Vec<(usize, T)>>> = (0..workers)
        .into_par_iter()
        .with_max_len(1)
        .map(|_| {
            let mut share = Vec::with_capacity(pieces / workers + 1);
            loop {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= pieces {
                    return Ok(share);
                }
                share.push((piece, work(piece)?));
            }
        })
        .collect();
    let mut done: Vec<(usize, T)> = shares?.into_iter().flatten().collect();
    done.sort_unstable_by_key(|(piece, _)| *piece);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

/// A faulty private operation can give the key away (Boneh, DeMillo, Lipton 1997), and a bad
/// signature must never be published: nothing leaves unchecked.
fn sign_checked(signer: &dyn BatchSigner, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
    let signatures = signer.sign_digests(digests)?;
    let key = signer.verifying_key();
    let all_good = signatures.len() == digests.len()
        && digests
            .iter()
            .zip(&signatures)
            .all(|(digest, signature)| key.verifies(digest, signature));
    if all_good {
        Ok(signatures)
    } else {
        Err(Error::SignatureCheckFailed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rsa::{SoftwareKey, VerifyingKey, verify_batch};

    /// A real key behind a kernel that spoils the signature of one message.
    struct Faulty {
        key: SoftwareKey,
        spoils: Digest,
    }

    impl BatchSigner for Faulty {
        fn verifying_key(&self) -> &VerifyingKey {
            self.key.verifying_key()
        }

        fn lanes(&self) -> usize {
            3
        }

        fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
            let mut signatures = self.key.sign_digests(digests)?;
            for (digest, signature) in digests.iter().zip(&mut signatures) {
                if digest.as_bytes() == self.spoils.as_bytes() {
                    signature[100] ^= 1;
                }
            }
            Ok(signatures)
        }
    }

    fn messages(count: u8) -> Vec<Vec<u8>> {
        (0..count).map(|n| vec![n; usize::from(n)]).collect()
    }

    #[test]
    fn batches_keep_their_order_on_any_number_of_threads() {
        let key = SoftwareKey::generate(2048).unwrap();
        let messages = messages(23);
        let one = sign_batch(&key, Hash::Sha256, &messages, Some(1)).unwrap();
        for threads in [None, Some(2), Some(64)] {
            let many = sign_batch(&key, Hash::Sha256, &messages, threads).unwrap();
            assert_eq!(one, many);
        }
        let checked = verify_batch(key.verifying_key(), Hash::Sha256, &messages, &one).unwrap();
        assert_eq!(checked, [true; 23]);
    }

    #[test]
    fn verify_batch_names_the_bad_ones() {
        let key = SoftwareKey::generate(2048).unwrap();
        let messages = messages(5);
        let mut signatures = sign_batch(&key, Hash::Sha384, &messages, None).unwrap();
        signatures[1][0] ^= 0x80;
        signatures[3].pop();
        let checked =
            verify_batch(key.verifying_key(), Hash::Sha384, &messages, &signatures).unwrap();
        assert_eq!(checked, [true, false, true, false, true]);
        let wrong_hash =
            verify_batch(key.verifying_key(), Hash::Sha256, &messages, &signatures).unwrap();
        assert_eq!(wrong_hash, [false; 5]);
        assert!(
            verify_batch(
                key.verifying_key(),
                Hash::Sha384,
                &messages,
                &signatures[1..]
            )
            .is_err()
        );
    }

    #[test]
    fn one_spoiled_signature_withholds_the_batch() {
        let messages = messages(11);
        let faulty = Faulty {
            key: SoftwareKey::generate(2048).unwrap(),
            spoils: Hash::Sha256.digest(&messages[7]),
        };
        for threads in [None, Some(1)] {
            let refused = sign_batch(&faulty, Hash::Sha256, &messages, threads);
            assert_eq!(refused, Err(Error::SignatureCheckFailed));
        }
        assert!(sign(&faulty, Hash::Sha256, &messages[7]).is_err());
        assert!(sign_batch(&faulty, Hash::Sha256, &messages[..7], None).is_ok());
    }

    #[test]
    fn an_empty_batch_is_empty_and_zero_threads_are_refused() {
        let key = SoftwareKey::generate(2048).unwrap();
        let none: [&[u8]; 0] = [];
        assert!(
            sign_batch(&key, Hash::Sha256, &none, None)
                .unwrap()
                .is_empty()
        );
        assert!(sign_batch(&key, Hash::Sha256, &none, Some(0)).is_err());
    }
}
