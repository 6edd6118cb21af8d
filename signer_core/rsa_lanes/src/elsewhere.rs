//! Processors of other makes have no lanes: no key has numbers for them, and no group is formed.

use crate::BlindingError;
use crate::work::{Check, Job, KeyOctets};

/// The same number as on processors that have lanes: callers that plan groups by it compile
/// everywhere, and none of their groups is formed here.
pub const LANES: usize = 8;
/// Half of [`LANES`], as there.
pub const PAIRS: usize = LANES / 2;

/// There are none.
pub enum PrivateNumbers {}

/// There are none.
pub enum PublicNumbers {}

impl PrivateNumbers {
    /// `None`.
    #[must_use]
    pub fn new(_: &KeyOctets<'_>) -> Option<Self> {
        None
    }

    /// Never called: there is no value of this type.
    #[must_use]
    pub fn goes_with(&self, _: &Self) -> bool {
        match *self {}
    }
}

impl PublicNumbers {
    /// `None`.
    #[must_use]
    pub fn new(_: &[u8], _: &[u8]) -> Option<Self> {
        None
    }
}

/// There are none.
pub enum SingleNumbers {}

impl SingleNumbers {
    /// `None`.
    #[must_use]
    pub fn new(_: &[u8], _: &[u8]) -> Option<Self> {
        None
    }

    /// Never called: there is no value of this type.
    #[must_use]
    pub fn gives(&self, _: &[u8], _: &[u8]) -> bool {
        match *self {}
    }
}

/// Nothing of a number is kept where none is taken modulo another.
pub struct LongNumber {}

impl LongNumber {
    /// Of any number.
    #[must_use]
    pub fn new(_: &[u8]) -> Self {
        Self {}
    }

    /// `None`.
    #[must_use]
    pub fn left_by(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

/// `None`.
#[must_use]
pub fn sign_group(_: &[Job<'_>]) -> Option<Result<Vec<Vec<u8>>, BlindingError>> {
    None
}

/// `None`.
#[must_use]
pub fn verify_group(_: &[Check<'_>]) -> Option<Vec<bool>> {
    None
}

/// `None`.
#[must_use]
pub fn multiply_alone(_: u64) -> Option<u64> {
    None
}
