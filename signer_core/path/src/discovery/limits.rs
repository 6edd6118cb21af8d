//! What a search may cost.

/// Bounds of one search. All are counts: the same question ends the same way on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Certificates on a path, the anchor not counted.
    pub path_length: usize,
    /// Candidates looked at.
    pub steps: u32,
    /// Signatures verified, those of lists and responses included; what the cache knows is free.
    pub signatures: u64,
    /// Complete paths judged.
    pub paths: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            path_length: 256,
            steps: 50_000,
            signatures: 1_000,
            paths: 256,
        }
    }
}
