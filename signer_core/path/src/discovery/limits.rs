//! What a search may cost.

/// A search walks to all paths at most so many times, each time past what it left out before.
pub const ROUNDS: u32 = 3;

/// Bounds of one search. All are counts: the same question ends the same way on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Certificates on a path, the anchor not counted.
    pub path_length: usize,
    /// Candidates looked at in each of at most [`ROUNDS`] rounds.
    pub steps: u32,
    /// What signatures may cost, those of lists and responses included, counted in verifications
    /// with an RSA modulus of 2,048 bits. What a cache knows is free.
    pub signatures: u64,
    /// Complete paths judged in each of at most [`ROUNDS`] rounds, as far as they count: see
    /// [`Spent::paths`](super::Spent::paths).
    pub paths: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            path_length: 256,
            steps: 20_000,
            signatures: 1_000,
            paths: 256,
        }
    }
}
