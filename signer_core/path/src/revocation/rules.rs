//! Which evidence counts.

/// Whether revocation is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RevocationRules {
    /// Takes a list whose number is lower than that of an earlier list of the same row: an authority
    /// that was restored from a copy began to count again. An operator says so, and the evidence
    /// tells where it was made use of.
    pub accept_renumbered: bool,
    /// Takes lists signed by the very key that issued the certificate, and by no other: no other
    /// generation of its issuer, no key for lists only, no indirect issuer.
    pub issuing_key_only: bool,
}
