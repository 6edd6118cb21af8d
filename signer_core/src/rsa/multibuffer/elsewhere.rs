//! Processors of other makes have no lanes: no key has numbers for them, and no group is formed.

use super::work::{Check, Job, KeyOctets};
use crate::error::Result;

pub(in crate::rsa) const LANES: usize = 8;
pub(in crate::rsa) const PAIRS: usize = LANES / 2;

/// There are none.
pub enum PrivateNumbers {}

pub(in crate::rsa) enum PublicNumbers {}

impl PrivateNumbers {
    pub(in crate::rsa) fn new(_: &KeyOctets<'_>) -> Option<Self> {
        None
    }

    pub(in crate::rsa) fn goes_with(&self, _: &Self) -> bool {
        match *self {}
    }
}

impl PublicNumbers {
    pub(in crate::rsa) fn new(_: &[u8], _: &[u8]) -> Option<Self> {
        None
    }
}

pub(in crate::rsa) fn sign_group(_: &[Job<'_>]) -> Option<Result<Vec<Vec<u8>>>> {
    None
}

pub(in crate::rsa) fn verify_group(_: &[Check<'_>]) -> Option<Vec<bool>> {
    None
}
