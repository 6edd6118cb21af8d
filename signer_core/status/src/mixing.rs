//! What serial numbers are mixed with.

use std::hash::{BuildHasher, RandomState};

use super::key::{OCTETS, first_eight};

/// An index's own numbers. With known ones whoever fills the feed could choose serial numbers that all
/// fall in one bucket, where each of them is work for every other.
pub(super) struct Mixing {
    masks: [u64; 2],
    factors: [u64; 2],
}

impl Mixing {
    /// Of the operating system's randomness, which std's hashers begin with.
    pub(super) fn drawn() -> Self {
        let hasher = RandomState::new();
        Self::of(std::array::from_fn(|place| hasher.hash_one(place)))
    }

    pub(super) fn of([first, second, third, fourth]: [u64; 4]) -> Self {
        Self {
            masks: [first, second],
            // Odd: what is multiplied by them can be divided again.
            factors: [third | 1, fourth | 1],
        }
    }

    /// What it was made [`Self::of`], as good as that.
    pub(super) fn words(&self) -> [u64; 4] {
        let ([first, second], [third, fourth]) = (self.masks, self.factors);
        [first, second, third, fourth]
    }

    /// What the first eight octets of a serial number become. Each number has one key and each key is
    /// of one number: the last twelve stay as they are, and every step can be undone with them.
    #[inline]
    pub(super) fn head(&self, octets: &[u8; OCTETS]) -> u64 {
        self.spread(first_eight(octets) ^ self.last_twelve(octets))
    }

    #[inline]
    fn last_twelve(&self, octets: &[u8; OCTETS]) -> u64 {
        let [.., a, b, c, d] = *octets;
        let last = u64::from(u32::from_be_bytes([a, b, c, d]));
        folded(
            first_eight(&octets[8..]) ^ self.masks[0],
            last ^ self.masks[1],
        )
    }

    #[inline]
    fn spread(&self, number: u64) -> u64 {
        let number = (number ^ (number >> 32)).wrapping_mul(self.factors[0]);
        let number = (number ^ (number >> 29)).wrapping_mul(self.factors[1]);
        number ^ (number >> 32)
    }
}

#[inline]
fn folded(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::tests::SEED;

    /// Buckets that 1,024 random keys are in, of as many: 647 are expected, give or take 10.
    const OF_RANDOM_ONES: std::ops::Range<usize> = 580..720;

    impl Mixing {
        /// The first eight octets that became `head`, beside the last twelve of these.
        fn undone(&self, head: u64, octets: &[u8; OCTETS]) -> u64 {
            let [first, second] = self.factors.map(inverse);
            let number = (head ^ (head >> 32)).wrapping_mul(second);
            let number = (number ^ (number >> 29) ^ (number >> 58)).wrapping_mul(first);
            number ^ (number >> 32) ^ self.last_twelve(octets)
        }
    }

    /// Newton: each step doubles the bits that are right.
    fn inverse(factor: u64) -> u64 {
        (0..6).fold(factor, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(factor.wrapping_mul(inverse)))
        })
    }

    fn buckets(mixing: &Mixing, numbers: impl Iterator<Item = [u8; OCTETS]>) -> usize {
        let bucket = |octets| mixing.head(&octets) >> 54;
        numbers.map(bucket).collect::<HashSet<_>>().len()
    }

    proptest! {
        #[test]
        fn every_step_can_be_undone(octets in any::<[u8; OCTETS]>(), seed in any::<[u64; 4]>()) {
            let mixing = Mixing::of(seed);
            let head = mixing.undone(mixing.head(&octets), &octets);
            prop_assert_eq!(head, first_eight(&octets));
        }
    }

    #[test]
    fn numbers_that_rise_are_spread_wherever_they_do() {
        let mixing = Mixing::of(SEED);
        for place in 0..=18 {
            let numbers = (1..=1024_u16).map(|number| {
                let mut octets = [1; OCTETS];
                octets[place..place + 2].copy_from_slice(&number.to_be_bytes());
                octets
            });
            let found = buckets(&mixing, numbers);
            assert!(OF_RANDOM_ONES.contains(&found), "{place}: {found}");
        }
    }

    #[test]
    fn numbers_chosen_for_one_bucket_are_spread_by_another_mixing() {
        let (known, other) = (Mixing::of(SEED), Mixing::of(SEED.map(|word| !word)));
        let numbers = (0..1024_u64).map(|head| {
            let mut octets = [1; OCTETS];
            let first = known.undone(head, &octets);
            octets[..8].copy_from_slice(&first.to_be_bytes());
            octets
        });
        assert_eq!(buckets(&known, numbers.clone()), 1);
        let found = buckets(&other, numbers);
        assert!(OF_RANDOM_ONES.contains(&found), "{found}");
    }

    #[test]
    fn each_index_draws_its_own() {
        let octets = [1; OCTETS];
        let heads: HashSet<_> = (0..8).map(|_| Mixing::drawn().head(&octets)).collect();
        assert_eq!(heads.len(), 8);
    }
}
