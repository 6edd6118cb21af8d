//! Hash, sign over all cores, check, release.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::check::{all_good, group_len};
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
    if threads == Some(1) || messages.len() <= signer.lanes() {
        return sign_checked(signer, hash, messages, 1);
    }
    with_pool(|| {
        let workers = threads
            .unwrap_or(usize::MAX)
            .min(rayon::current_num_threads());
        sign_checked(signer, hash, messages, workers)
    })?
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
    let signed = sign_digests(signer, vec![*digest])?;
    all_good(signer, &signed)?;
    // One digest has exactly one signature.
    let signature = signed.into_iter().next().map(|(_, signature)| signature);
    signature.ok_or(Error::SignatureCheckFailed)
}

/// Signs in small pieces and checks in large ones: a group shares the cost of its check, while the
/// last piece of a batch should keep no core waiting for long.
fn sign_checked<M: AsRef<[u8]> + Sync>(
    signer: &dyn BatchSigner,
    hash: Hash,
    messages: &[M],
    workers: usize,
) -> Result<Vec<Vec<u8>>> {
    let pieces: Vec<&[M]> = messages.chunks(signer.lanes().max(1)).collect();
    let signed = take_turns(workers, pieces.len(), &|piece| {
        let messages = pieces[piece].iter();
        let digests = messages.map(|message| hash.digest(message.as_ref()));
        sign_digests(signer, digests.collect())
    })?;
    let signed: Vec<(Digest, Vec<u8>)> = signed.into_iter().flatten().collect();
    let groups: Vec<_> = signed.chunks(group_len(signed.len(), workers)).collect();
    take_turns(workers, groups.len(), &|group| {
        all_good(signer, groups[group])
    })?;
    Ok(signed.into_iter().map(|(_, signature)| signature).collect())
}

/// What the signer makes of each digest, beside it, unchecked.
fn sign_digests(signer: &dyn BatchSigner, digests: Vec<Digest>) -> Result<Vec<(Digest, Vec<u8>)>> {
    let signatures = signer.sign_digests(&digests)?;
    if signatures.len() != digests.len() {
        return Err(Error::SignatureCheckFailed);
    }
    Ok(digests.into_iter().zip(signatures).collect())
}

/// Workers draw the next piece until none is left, so a core that is slowed down by something
/// else holds up one piece, not its whole share.
fn take_turns<T: Send>(
    workers: usize,
    pieces: usize,
    work: &(impl Fn(usize) -> Result<T> + Sync),
) -> Result<Vec<T>> {
    let workers = workers.min(pieces);
    if workers <= 1 {
        return (0..pieces).map(work).collect();
    }
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
