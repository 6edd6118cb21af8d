//! Verification within a budget.

use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::Digest;

use super::algorithm::Algorithm;
use super::ready::Message;
use super::{KnownKeys, PublicKey, SignaturePolicy, Signed, VerifiedCache};
use crate::verdict::Reason;

/// As many looks cost as much as a verification with an RSA modulus of 2,048 bits: one takes some forty
/// nanoseconds.
const LOOKS: u64 = 256;

/// Verifies signatures, and how many more it will. One for each question that somebody asks; what
/// threads share is the cache.
#[derive(Debug, Clone)]
pub struct Signatures {
    policy: SignaturePolicy,
    left: u64,
    /// Looks since the last that cost something.
    looks: u64,
    cache: Option<Arc<VerifiedCache>>,
    keys: Option<Arc<KnownKeys>>,
}

impl Signatures {
    /// At most as many verifications as cost `limit` of an RSA modulus of 2,048 bits.
    #[must_use]
    pub fn new(policy: SignaturePolicy, limit: u64) -> Self {
        Self {
            policy,
            left: limit,
            looks: 0,
            cache: None,
            keys: None,
        }
    }

    /// The same, with what was verified before.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<VerifiedCache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// The same, with keys that verified before.
    #[must_use]
    pub fn with_keys(mut self, keys: Arc<KnownKeys>) -> Self {
        self.keys = Some(keys);
        self
    }

    /// How many of those are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Whether the signature is this key's over these octets.
    ///
    /// # Errors
    /// `KeyRefused`, `AlgorithmRefused`, `SignatureInvalid`; `LimitReached` when nothing is left.
    pub fn verify(&mut self, key: &PublicKey, signed: &Signed<'_>) -> Result<(), Reason> {
        self.verify_message(key, signed, |_| Message::Octets(signed.octets))
    }

    /// The same of an object whose hash is kept with it, as it may be long and of many keys.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub(super) fn verify_hashed(
        &mut self,
        key: &PublicKey,
        signed: &Signed<'_>,
        digest: &OnceLock<Digest>,
    ) -> Result<(), Reason> {
        self.verify_message(key, signed, |algorithm| {
            Message::Hashed(digest.get_or_init(|| algorithm.hash().of(signed.octets)))
        })
    }

    /// Counts what is no verification, and that a stranger can make much of: candidates and lists that are
    /// looked at, names that are compared, policies. So a question has one budget, and ends in the same
    /// time whatever it is full of.
    ///
    /// # Errors
    /// `LimitReached` when nothing is left.
    pub(crate) fn look(&mut self, times: usize) -> Result<(), Reason> {
        let looks = u64::try_from(times).unwrap_or(u64::MAX);
        let looks = self.looks.saturating_add(looks);
        self.looks = looks % LOOKS;
        self.spend(looks / LOOKS)
    }

    fn spend(&mut self, cost: u64) -> Result<(), Reason> {
        self.left = self.left.checked_sub(cost).ok_or(Reason::LimitReached)?;
        Ok(())
    }

    fn verify_message<'a>(
        &mut self,
        key: &PublicKey,
        signed: &Signed<'a>,
        message: impl FnOnce(Algorithm) -> Message<'a>,
    ) -> Result<(), Reason> {
        let algorithm = self.permitted(key, signed)?;
        if key.is_known_off_curve() {
            return Err(Reason::KeyRefused);
        }
        if let Some(cache) = &self.cache
            && cache.knows(signed.sha256, key.sha256())
        {
            return Ok(());
        }
        self.spend(key.cost())?;
        // A point too is judged with what was paid.
        self.judge(key).map_err(|_| Reason::KeyRefused)?;
        key.verify(
            algorithm,
            message(algorithm),
            signed.signature,
            self.keys.as_deref(),
        )?;
        if let Some(cache) = &self.cache {
            cache.remember(signed.sha256, key.sha256());
        }
        Ok(())
    }

    /// Whether this key and algorithm are allowed, and the signature can be the key's by its kind and its
    /// length: all that costs nothing.
    ///
    /// # Errors
    /// `KeyRefused`, `AlgorithmRefused`, `SignatureInvalid`.
    pub(crate) fn allow(&self, key: &PublicKey, signed: &Signed<'_>) -> Result<(), Reason> {
        self.permitted(key, signed).map(|_| ())
    }

    /// Whether the algorithm is one that is used here. With a key of another kind it is refused too,
    /// which says nothing of the object: another key of the same name may have signed it.
    pub(crate) fn takes(&self, signed: &Signed<'_>) -> bool {
        self.algorithm(signed).is_some()
    }

    fn algorithm(&self, signed: &Signed<'_>) -> Option<Algorithm> {
        Algorithm::read(signed.algorithm).filter(|it| self.policy.allows(it.hash()))
    }

    fn permitted(&self, key: &PublicKey, signed: &Signed<'_>) -> Result<Algorithm, Reason> {
        let algorithm = self.algorithm(signed).ok_or(Reason::AlgorithmRefused)?;
        self.judge_kind(key).map_err(|_| Reason::KeyRefused)?;
        // Before its point is looked at, or a modulus: strangers make long keys, and many.
        key.may_have_made(algorithm, signed.signature)?;
        Ok(algorithm)
    }

    /// The same as [`Self::judge`] without looking at a point, which takes time.
    ///
    /// # Errors
    /// The rule it breaks, in constant words.
    pub(crate) fn judge_kind(&self, key: &PublicKey) -> Result<(), &'static str> {
        key.judge_kind(&self.policy)
    }

    /// Whether this key is one that is used here: [`PublicKey::judge`]. It takes [`PublicKey::looks`].
    ///
    /// # Errors
    /// The rule it breaks, in constant words.
    pub(crate) fn judge(&self, key: &PublicKey) -> Result<(), &'static str> {
        key.judge_among(&self.policy, self.keys.as_deref())
    }
}
