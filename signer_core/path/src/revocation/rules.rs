//! Which evidence counts.

use std::sync::Arc;

use crate::Sha256;

/// Whether revocation is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevocationMode {
    /// Every certificate of the path must be shown not to be revoked.
    Require(RevocationRules),
    /// Nothing is asked.
    Off,
}

impl Default for RevocationMode {
    fn default() -> Self {
        Self::Require(RevocationRules::default())
    }
}

/// Which evidence counts, where RFC 5280 leaves it to the relying party.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RevocationRules {
    /// Lists from which on the numbers of their row count anew: an authority that was restored from
    /// a copy began to count again, so that lists have lower numbers than earlier ones. An operator
    /// says so for each such row; the list must be in the pool. The evidence tells where it was made
    /// use of.
    pub accept_renumbered: Arc<[Sha256]>,
    /// Takes lists signed by the very key that issued the certificate, and by no other: no other
    /// generation of its issuer, no key for lists only, no indirect issuer.
    pub issuing_key_only: bool,
}
