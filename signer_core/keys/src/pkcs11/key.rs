//! A key on a token: signs in batches over the token's sessions.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use cryptoki::mechanism::Mechanism;
use formats::error::{Error, Result};
use formats::signing::{Digest, Hash, PublicKey, Signer, digest_info};

use super::failure::Failure;
use super::pool::PooledSession;
use super::public_key;
use super::token::Token;
use crate::{BatchSigner, VerifyingKey};

/// The most messages a worker signs before it gives its session back, so that batches share the
/// device. Giving back costs some microseconds, a signature hundreds: the figure bounds how long
/// others wait, no more.
const TURN: usize = 16;

/// An RSA key that never leaves its token.
pub struct TokenKey {
    token: Arc<Token>,
    label: String,
    public: VerifyingKey,
}

/// The signatures of one turn, and which turn it was.
type Turn = (usize, Vec<Vec<u8>>);

impl TokenKey {
    /// The key with this label.
    ///
    /// # Errors
    /// `KeyNotFound`; `Key` when the label is ambiguous or the key is not RSA of 2048 to 8192
    /// bits; `DeviceUnavailable`; `CredentialRefused`.
    pub fn open(token: Arc<Token>, label: &str) -> Result<Self> {
        let spki =
            token.with_session(|session| session.with_private_key(label, public_key::read))?;
        Ok(Self {
            token,
            label: label.to_owned(),
            public: VerifyingKey::from_spki(&spki)?,
        })
    }

    /// The key's label.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// RSASSA-PKCS1-v1_5 over many messages, in their order, each signature verified before it is
    /// released, over up to `threads` sessions (default: all of the token's).
    ///
    /// The threads are this call's own: the cores' pool would be too small, as they mostly wait
    /// for the device.
    ///
    /// # Errors
    /// As for [`crate::sign_batch`], and `DeviceUnavailable`, `CredentialRefused`, `KeyNotFound`. One
    /// failure fails the batch; nothing of it is released.
    pub fn sign_batch<M>(
        &self,
        hash: Hash,
        messages: &[M],
        threads: Option<usize>,
    ) -> Result<Vec<Vec<u8>>>
    where
        M: AsRef<[u8]> + Sync,
    {
        if threads == Some(0) {
            return Err(Error::invalid("threads", "must be at least 1"));
        }
        let sessions = threads.unwrap_or(usize::MAX).min(self.token.sessions());
        let turn = turn(messages.len(), sessions);
        let workers = sessions.min(messages.len().div_ceil(turn));
        let batch = Batch {
            key: self,
            hash,
            messages,
            turn,
            next: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
        };
        let mut turns = if workers <= 1 {
            batch.take_turns()?
        } else {
            batch.spread(workers)?
        };
        turns.sort_unstable_by_key(|(turn, _)| *turn);
        Ok(turns.into_iter().flat_map(|(_, signed)| signed).collect())
    }

    fn sign_on(
        &self,
        session: &mut PooledSession,
        digest: &Digest,
    ) -> std::result::Result<Vec<u8>, Failure> {
        let input = digest_info(digest);
        session.with_private_key(&self.label, |session, handle| {
            Ok(session.sign(&Mechanism::RsaPkcs, handle, &input)?)
        })
    }
}

impl BatchSigner for TokenKey {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn turn(&self) -> usize {
        TURN
    }

    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
        self.token.with_session(|session| {
            digests
                .iter()
                .map(|digest| self.sign_on(session, digest))
                .collect()
        })
    }
}

impl Signer for TokenKey {
    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>> {
        crate::sign_digest(self, digest)
    }

    fn sign_messages(
        &self,
        hash: Hash,
        messages: &[Vec<u8>],
        threads: Option<usize>,
    ) -> Result<Vec<Vec<u8>>> {
        self.sign_batch(hash, messages, threads)
    }
}

/// Messages of one turn: so few that a small batch has work for every session. A session signs one
/// message at a time, and no sooner for the others being idle: sixteen messages on two sessions take
/// half as long in two turns of eight as in one of sixteen (SoftHSM2, two cores).
fn turn(messages: usize, sessions: usize) -> usize {
    messages.div_ceil(sessions).clamp(1, TURN)
}

/// One batch while its workers share it.
struct Batch<'b, M> {
    key: &'b TokenKey,
    hash: Hash,
    messages: &'b [M],
    /// Messages of a turn.
    turn: usize,
    next: AtomicUsize,
    failed: AtomicBool,
}

impl<M: AsRef<[u8]> + Sync> Batch<'_, M> {
    fn spread(&self, workers: usize) -> Result<Vec<Turn>> {
        let outcome = Mutex::new(Ok(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    let mine = self.take_turns();
                    let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
                    match (&mut *outcome, mine) {
                        (Ok(all), Ok(mut mine)) => all.append(&mut mine),
                        (Ok(_), Err(first)) => *outcome = Err(first),
                        // The first failure is the one told.
                        (Err(_), _) => {}
                    }
                });
            }
        });
        outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signs turn after turn until none is left or another worker failed.
    fn take_turns(&self) -> Result<Vec<Turn>> {
        let mut signed = Vec::new();
        while !self.failed.load(Ordering::Relaxed) {
            let turn = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(messages) = self.messages.chunks(self.turn).nth(turn) else {
                break;
            };
            let signatures = crate::sign_batch(self.key, self.hash, messages, Some(1))
                .inspect_err(|_| self.failed.store(true, Ordering::Relaxed))?;
            signed.push((turn, signatures));
        }
        Ok(signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_session_has_work_in_a_small_batch_and_gives_way_in_a_large_one() {
        let turns = |sessions| [0, 1, 2, 7, 8, 9, 64, 1_000].map(|count| turn(count, sessions));
        assert_eq!(turns(1), [1, 1, 2, 7, 8, 9, TURN, TURN]);
        assert_eq!(turns(2), [1, 1, 1, 4, 4, 5, TURN, TURN]);
        assert_eq!(turns(8), [1, 1, 1, 1, 1, 2, 8, TURN]);
    }
}
