//! Verification within a budget.

use std::sync::Arc;

use super::{PublicKey, SignaturePolicy, VerifiedCache};
use crate::Sha256;
use crate::verdict::Reason;

/// A signed object of the form `SEQUENCE { tbs, AlgorithmIdentifier, BIT STRING }`.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The octets that are signed, as received.
    pub octets: &'a [u8],
    /// DER of the outer AlgorithmIdentifier. That the inner one is equal is the reader's to check.
    pub algorithm: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// SHA-256 of the whole object.
    pub sha256: &'a Sha256,
}

/// Verifies signatures, and how many more it will.
#[derive(Debug, Clone)]
pub struct Signatures {
    policy: SignaturePolicy,
    left: u64,
    cache: Option<Arc<VerifiedCache>>,
}

impl Signatures {
    /// At most `limit` verifications.
    #[must_use]
    pub fn new(policy: SignaturePolicy, limit: u64) -> Self {
        Self {
            policy,
            left: limit,
            cache: None,
        }
    }

    /// The same, with what was verified before.
    #[must_use]
    pub fn with_cache(mut self, cache: Arc<VerifiedCache>) -> Self {
        self.cache = Some(cache);
        self
    }

    /// Which keys and algorithms are allowed.
    #[must_use]
    pub fn policy(&self) -> &SignaturePolicy {
        &self.policy
    }

    /// How many verifications are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Whether the signature is this key's over these octets.
    ///
    /// # Errors
    /// `KeyRefused`, `AlgorithmRefused`, `SignatureInvalid`; `LimitReached` when nothing is left.
    pub fn verify(&mut self, _key: &PublicKey, _signed: &Signed<'_>) -> Result<(), Reason> {
        Err(Reason::SignatureInvalid)
    }
}
