//! Hash, sign over all cores, check, release.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::encoded::encoded_message;
use super::groups::{Piece, pieces};
use super::hash::{Digest, Hash};
use super::multibuffer::{Check, Job, PAIRS, sign_group, verify_group};
use super::pool::{scheduler, with_pool};
use super::scheduler::Order;
use super::signer::BatchSigner;
use crate::error::{Error, Result};

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

/// Signs every message with one key, in order. `threads` caps the cores used; `None` means all.
///
/// # Errors
/// As [`sign_requests`].
pub fn sign_batch<M: AsRef<[u8]> + Sync>(
    signer: &dyn BatchSigner,
    hash: Hash,
    messages: &[M],
    threads: Option<usize>,
) -> Result<Vec<Vec<u8>>> {
    let requests: Vec<_> = messages
        .iter()
        .map(|message| Request {
            signer,
            hash,
            message: message.as_ref(),
        })
        .collect();
    sign_requests(&requests, threads)
}

/// Signs messages for any number of keys, in order. `threads` caps the cores used; `None` means
/// all of them.
///
/// # Errors
/// `SignatureCheckFailed` when any signature does not verify with its public key, `Key` when a
/// private operation fails, `InvalidArgument` for zero threads. No signature of the batch is
/// released then.
pub fn sign_requests(requests: &[Request<'_>], threads: Option<usize>) -> Result<Vec<Vec<u8>>> {
    if threads == Some(0) {
        return Err(Error::InvalidArgument("threads: must be at least 1".into()));
    }
    if requests.len() < PAIRS {
        let pairs = requests.iter().map(|request| {
            let digest = request.hash.digest(request.message);
            (request.signer, digest)
        });
        return sign_few(&pairs.collect::<Vec<_>>());
    }
    if threads == Some(1) {
        return sign_with(1, requests);
    }
    with_pool(|| {
        let all = rayon::current_num_threads();
        sign_with(threads.unwrap_or(all).min(all), requests)
    })?
}

/// Signs a batch with so many workers.
fn sign_with(workers: usize, requests: &[Request<'_>]) -> Result<Vec<Vec<u8>>> {
    let signers: Vec<_> = requests.iter().map(|request| request.signer).collect();
    let pieces = pieces(&signers, workers);
    let sign = |piece: usize| {
        let places = pieces[piece].places();
        let digest = |place: &usize| requests[*place].hash.digest(requests[*place].message);
        let signers: Vec<_> = places.iter().map(|place| signers[*place]).collect();
        sign_piece(
            &pieces[piece],
            &signers,
            &places.iter().map(digest).collect::<Vec<_>>(),
        )
    };
    let signed = take_turns(workers, pieces.len(), &sign)?;
    let mut placed: Vec<(usize, Vec<u8>)> = pieces
        .iter()
        .zip(signed)
        .flat_map(|(piece, signatures)| piece.places().iter().copied().zip(signatures))
        .collect();
    placed.sort_unstable_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, signature)| signature).collect())
}

/// Signs one message.
///
/// # Errors
/// As [`sign_requests`].
pub fn sign(signer: &dyn BatchSigner, hash: Hash, message: &[u8]) -> Result<Vec<u8>> {
    sign_digest(signer, &hash.digest(message))
}

/// Signs what was hashed elsewhere, such as a list hashed while it was encoded.
///
/// # Errors
/// As [`sign_requests`].
pub fn sign_digest(signer: &dyn BatchSigner, digest: &Digest) -> Result<Vec<u8>> {
    // One digest has exactly one signature.
    let signature = sign_few(&[(signer, *digest)])?.pop();
    signature.ok_or(Error::SignatureCheckFailed)
}

/// Too few for a group of their own: gathered with what others ask for, where the keys allow.
fn sign_few(pairs: &[(&dyn BatchSigner, Digest)]) -> Result<Vec<Vec<u8>>> {
    let orders: Option<Vec<Order>> = pairs
        .iter()
        .map(|(signer, digest)| Some((signer.shared()?, *digest)))
        .collect();
    match orders {
        Some(orders) => scheduler().sign(orders),
        None => sign_all(pairs).into_iter().collect(),
    }
}

/// What becomes of each order, on this thread: a key that fails spoils no other's signature.
pub(super) fn sign_each(orders: &[Order]) -> Vec<Result<Vec<u8>>> {
    let pairs: Vec<_> = orders
        .iter()
        .map(|(signer, digest)| (&**signer, *digest))
        .collect();
    sign_all(&pairs)
}

fn sign_all(pairs: &[(&dyn BatchSigner, Digest)]) -> Vec<Result<Vec<u8>>> {
    let signers: Vec<_> = pairs.iter().map(|(signer, _)| *signer).collect();
    let mut outcomes: Vec<_> = pairs
        .iter()
        .map(|_| Err(Error::SignatureCheckFailed))
        .collect();
    for piece in pieces(&signers, 1) {
        let (signers, digests): (Vec<_>, Vec<_>) =
            piece.places().iter().map(|place| pairs[*place]).unzip();
        match sign_piece(&piece, &signers, &digests) {
            Ok(signatures) => {
                for (place, signature) in piece.places().iter().zip(signatures) {
                    outcomes[*place] = Ok(signature);
                }
            }
            // One key spoilt the group: the others' signatures are made apart.
            Err(_) if matches!(piece, Piece::Together(_)) => {
                for place in piece.places() {
                    let (signer, digest) = pairs[*place];
                    outcomes[*place] = sign_apart(signer, &[digest])
                        .and_then(|mut signed| signed.pop().ok_or(Error::SignatureCheckFailed));
                }
            }
            Err(error) => {
                for place in piece.places() {
                    outcomes[*place] = Err(error.clone());
                }
            }
        }
    }
    outcomes
}

/// The signatures of one piece, verified.
fn sign_piece(
    piece: &Piece,
    signers: &[&dyn BatchSigner],
    digests: &[Digest],
) -> Result<Vec<Vec<u8>>> {
    match piece {
        Piece::Apart(_) => sign_apart(signers[0], digests),
        Piece::Together(_) => sign_together(signers, digests),
    }
}

fn sign_apart(signer: &dyn BatchSigner, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
    let signatures = signer.sign_digests(digests)?;
    let key = signer.verifying_key();
    let verified = |(digest, signature): (&Digest, &Vec<u8>)| {
        signer.verifies_itself() || key.verifies(digest, signature)
    };
    let good = signatures.len() == digests.len() && digests.iter().zip(&signatures).all(verified);
    good.then_some(signatures)
        .ok_or(Error::SignatureCheckFailed)
}

/// A group in the lanes: signs, reads the signatures back from their octets, and raises them to
/// the power e. What comes out must be the encoded message to the last bit.
fn sign_together(signers: &[&dyn BatchSigner], digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
    let encoded: Vec<_> = signers
        .iter()
        .zip(digests)
        .map(|(signer, digest)| encoded_message(digest, signer.verifying_key().signature_len()))
        .collect();
    let jobs: Option<Vec<_>> = signers
        .iter()
        .zip(&encoded)
        .map(|(signer, encoded)| {
            let key = signer.private_numbers()?;
            Some(Job { key, encoded })
        })
        .collect();
    let no_lanes = || Error::Key("the lanes do not take this key".into());
    let signatures = sign_group(&jobs.ok_or_else(no_lanes)?).ok_or_else(no_lanes)??;
    let checks: Option<Vec<_>> = signers
        .iter()
        .zip(&encoded)
        .zip(&signatures)
        .map(|((signer, encoded), signature)| {
            let key = signer.verifying_key().public_numbers()?;
            Some(Check {
                key,
                signature,
                encoded,
            })
        })
        .collect();
    let answers = checks.and_then(|checks| verify_group(&checks));
    let good = answers.is_some_and(|answers| {
        answers.len() == digests.len() && answers.into_iter().all(|good| good)
    });
    good.then_some(signatures)
        .ok_or(Error::SignatureCheckFailed)
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
mod tests;
