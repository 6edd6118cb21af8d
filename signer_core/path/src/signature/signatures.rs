//! Verification within a budget.

use std::sync::Arc;

use super::algorithm::Algorithm;
use super::{KnownKeys, PublicKey, SignaturePolicy, Signed, VerifiedCache};
use crate::verdict::Reason;

/// Verifies signatures, and how many more it will. One for each question that somebody asks; what
/// threads share is the cache.
#[derive(Debug, Clone)]
pub struct Signatures {
    policy: SignaturePolicy,
    left: u64,
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

    /// Which keys and algorithms are allowed.
    #[must_use]
    pub fn policy(&self) -> &SignaturePolicy {
        &self.policy
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
        let algorithm = self.permitted(key, signed)?;
        if let Some(cache) = &self.cache
            && cache.knows(signed.sha256, key.sha256())
        {
            return Ok(());
        }
        self.left = self
            .left
            .checked_sub(key.cost())
            .ok_or(Reason::LimitReached)?;
        key.verify(
            algorithm,
            signed.octets,
            signed.signature,
            self.keys.as_deref(),
        )?;
        if let Some(cache) = &self.cache {
            cache.remember(signed.sha256, key.sha256());
        }
        Ok(())
    }

    /// Whether this key and algorithm are allowed, for whoever remembers that the signature holds.
    ///
    /// # Errors
    /// `KeyRefused`, `AlgorithmRefused`.
    pub(crate) fn allow(&self, key: &PublicKey, signed: &Signed<'_>) -> Result<(), Reason> {
        self.permitted(key, signed).map(|_| ())
    }

    fn permitted(&self, key: &PublicKey, signed: &Signed<'_>) -> Result<Algorithm, Reason> {
        let algorithm = Algorithm::read(signed.algorithm)
            .filter(|it| self.policy.allows(it.hash()))
            .ok_or(Reason::AlgorithmRefused)?;
        key.judge(&self.policy).map_err(|_| Reason::KeyRefused)?;
        Ok(algorithm)
    }
}
