//! Where each bucket begins among the rows.

/// Buckets that share the place they are counted from.
const GROUP: usize = 64;
/// How far from there one may begin. Tests reach it.
const NEAR: usize = if cfg!(test) { 300 } else { u16::MAX as usize };

/// Rising numbers in two octets each: those of a group are small differences. Should one be great,
/// all are held in four.
#[derive(Default)]
pub(super) struct Starts {
    far: Vec<u32>,
    /// Empty: `far` has every number.
    near: Vec<u16>,
    count: usize,
}

impl Starts {
    pub(super) fn with_capacity(count: usize) -> Self {
        Self {
            far: Vec::with_capacity(count / GROUP + 1),
            near: Vec::with_capacity(count),
            count: 0,
        }
    }

    #[inline]
    pub(super) fn get(&self, place: usize) -> usize {
        let number = match self.near.get(place) {
            Some(near) => self.far[place / GROUP] + u32::from(*near),
            None => self.far[place],
        };
        number as usize
    }

    /// Takes in the next one. 32 bits are enough for a shard of 200 million certificates.
    pub(super) fn push(&mut self, start: usize) {
        if self.count > 0 && self.near.is_empty() {
            self.far.push(start as u32);
        } else {
            if self.count.is_multiple_of(GROUP) {
                self.far.push(start as u32);
            }
            let near = start - self.far.last().map_or(0, |far| *far as usize);
            if near <= NEAR {
                self.near.push(near as u16);
            } else {
                self.far = (0..self.count)
                    .map(|place| self.get(place) as u32)
                    .collect();
                self.far.push(start as u32);
                self.near = Vec::new();
            }
        }
        self.count += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_is_as_it_was_told(
            steps in prop::collection::vec(prop_oneof![40 => 0_usize..4, 1 => 0..2 * NEAR], 1..500)
        ) {
            let mut starts = Starts::with_capacity(steps.len());
            let mut told = Vec::new();
            for step in steps {
                told.push(told.last().map_or(step, |last| last + step));
                starts.push(told[told.len() - 1]);
            }
            for (place, start) in told.iter().enumerate() {
                prop_assert_eq!(starts.get(place), *start);
            }
        }
    }
}
