//! Many signatures over all cores.

use std::sync::atomic::{AtomicUsize, Ordering};

use formats::error::{Error, Result};
use formats::signing::Hash;
use rayon::prelude::*;
use rsa_lanes::PAIRS;
use threads::{pool_size, with_pool};

use super::choice::Choices;
use super::gathering::sign_few;
use super::groups::pieces;
use super::lanes::choice;
use super::release::sign_piece;
use super::signer::{BatchSigner, Request};

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
    sign_as_chosen(requests, threads, choice)
}

fn sign_as_chosen(
    requests: &[Request<'_>],
    threads: Option<usize>,
    choices: Choices,
) -> Result<Vec<Vec<u8>>> {
    if threads == Some(0) {
        return Err(Error::invalid("threads", "must be at least 1"));
    }
    if requests.len() < PAIRS {
        let pairs = requests.iter().map(|request| {
            let digest = request.hash.digest(request.message);
            (request.signer, digest)
        });
        return sign_few(&pairs.collect::<Vec<_>>());
    }
    let workers = match threads {
        Some(1) => 1,
        _ => {
            let all = pool_size()?;
            threads.unwrap_or(all).min(all)
        }
    };
    let signers: Vec<_> = requests.iter().map(|request| request.signer).collect();
    let pieces = pieces(&signers, workers, choices);
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
    let signed = if workers == 1 || pieces.len() <= 1 {
        take_turns(1, pieces.len(), &sign)?
    } else {
        with_pool(|| take_turns(workers, pieces.len(), &sign))??
    };
    let mut placed: Vec<(usize, Vec<u8>)> = pieces
        .iter()
        .zip(signed)
        .flat_map(|(piece, signatures)| piece.places().iter().copied().zip(signatures))
        .collect();
    placed.sort_unstable_by_key(|(place, _)| *place);
    Ok(placed.into_iter().map(|(_, signature)| signature).collect())
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
