//! What is not in a pool.

use crate::Unreadable;

/// Something that could not be read, and was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which object of its octets, counted from 0.
    pub place: usize,
    /// Why.
    pub why: Unreadable,
}
