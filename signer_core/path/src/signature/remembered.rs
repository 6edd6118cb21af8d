//! Whose signature an object has, kept with it.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use aws_lc_rs::digest::Digest;

use super::algorithm::Algorithm;
use super::{PublicKey, Signatures, Signed};
use crate::Sha256;
use crate::verdict::Reason;

/// What was found out about the signature of an object, for as long as that is kept: a list of 64 MB
/// is hashed once, and what was forged costs a pool one verification for each key that it may be of,
/// and not every question.
pub(super) struct Remembered {
    /// The hash that is signed. An object has one algorithm.
    digest: OnceLock<Digest>,
    /// SHA-256 of the first key that it was found to be of: hardly one has a second.
    of: OnceLock<Sha256>,
    /// SHA-256 of keys that it was found not to be of, in order, so many at most.
    not_of: Mutex<Vec<Sha256>>,
}

/// Of more keys nothing is kept: who is asked about them is told that his question costs too much.
const MOST: usize = 1024;

/// Octets that take less time to hash than a signature takes to verify. What is longer is hashed when
/// it is read: a question costs the same however long its certificates are.
const SHORT: usize = 4 << 10;

/// Looks that finding a key among [`MOST`] takes.
const FINDING: usize = 4;

impl Remembered {
    /// Nothing yet, of an object in which these octets are signed; DER of the AlgorithmIdentifier.
    pub(super) fn new(signed: &[u8], algorithm: &[u8]) -> Self {
        let digest = OnceLock::new();
        if signed.len() > SHORT
            && let Some(algorithm) = Algorithm::read(algorithm)
        {
            digest.get_or_init(|| algorithm.hash().of(signed));
        }
        Self {
            digest,
            of: OnceLock::new(),
            not_of: Mutex::default(),
        }
    }

    /// The key whose it was found to be.
    pub(super) fn of(&self) -> Option<&Sha256> {
        self.of.get()
    }

    /// Verifies the signature of the object, unless it was verified with this key.
    ///
    /// # Errors
    /// As [`Signatures::verify`].
    pub(super) fn verify(
        &self,
        key: &PublicKey,
        signed: &Signed<'_>,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        // What costs nothing is not kept: it would leave no place for what was paid for.
        signatures.allow(key, signed)?;
        if self.of() == Some(key.sha256()) {
            return Ok(());
        }
        if self.keys().binary_search(key.sha256()).is_ok() {
            signatures.look(FINDING)?;
            return Err(Reason::SignatureInvalid);
        }
        let held = signatures.verify_hashed(key, signed, &self.digest);
        match held {
            Ok(()) => {
                self.of.get_or_init(|| *key.sha256());
            }
            Err(Reason::SignatureInvalid) => self.keep(key.sha256()),
            Err(_) => {}
        }
        held
    }

    fn keep(&self, key: &Sha256) {
        let mut keys = self.keys();
        if keys.len() < MOST
            && let Err(place) = keys.binary_search(key)
        {
            keys.insert(place, *key);
        }
    }

    fn keys(&self) -> MutexGuard<'_, Vec<Sha256>> {
        // They are whole at every moment: a panic elsewhere leaves them usable.
        self.not_of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_hashed_when_it_is_read() {
        // sha256WithRSAEncryption.
        let algorithm = [
            0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11, 5, 0,
        ];
        let hashed = |octets: usize, algorithm: &[u8]| {
            let remembered = Remembered::new(&vec![7; octets], algorithm);
            remembered.digest.get().is_some()
        };
        assert!(!hashed(SHORT, &algorithm));
        assert!(hashed(SHORT + 1, &algorithm));
        assert!(!hashed(SHORT + 1, &[0x30, 0]), "nothing verifies it");
    }
}
