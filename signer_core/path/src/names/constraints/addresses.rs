//! Ranges of addresses, a set of networks for each length of mask.

use std::collections::{BTreeMap, HashSet};

use super::work::Work;
use crate::verdict::Refusal;

/// Networks of one family; an IPv4 address is the lower 32 bits of a number.
#[derive(Default)]
pub(super) struct Networks(BTreeMap<u128, HashSet<u128>>);

impl Networks {
    /// Takes `address` and `mask` as they are in the constraint. False for a mask whose ones are not
    /// all in front (RFC 4632).
    pub(super) fn insert(&mut self, address: u128, mask: u128, bits: u32) -> bool {
        let contiguous = (mask << (128 - bits)).leading_ones() == mask.count_ones();
        if contiguous {
            self.0.entry(mask).or_default().insert(address & mask);
        }
        contiguous
    }

    pub(super) fn hold(&self, address: u128, work: &mut Work) -> Result<bool, Refusal> {
        work.spend(self.0.len())?;
        Ok(self
            .0
            .iter()
            .any(|(mask, networks)| networks.contains(&(address & mask))))
    }
}
