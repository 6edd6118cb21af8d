//! How the serial numbers of a list end, as far as one look tells.
//!
//! Hardly a certificate that is asked about is on a list. Finding that by halving takes a list of 100,000
//! entries 17 looks at memory that is far away, and one of 100 entries seven at memory that is near. Here
//! three bits of a word are set for each entry: where one of them is not, no entry ends so; where all are,
//! the entries are searched. Whoever chooses serial numbers that share their bits with a certificate's has
//! gained the search alone.

/// Bits for each entry. Of what is not there, one in a hundred is searched for all the same.
const BITS: usize = 16;

/// 2^64 divided by the golden ratio, and odd.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// Bits for the low eight octets of serial numbers: two octets of memory for each entry.
#[derive(Debug, Default)]
pub(super) struct Ends(Box<[u64]>);

impl Ends {
    /// Of as many as there are.
    pub(super) fn of(lows: impl ExactSizeIterator<Item = u64>) -> Self {
        let bits = lows.len() * BITS;
        let mut words = vec![0; bits.div_ceil(u64::BITS as usize)];
        for low in lows {
            let (word, bits) = place(low, words.len());
            words[word] |= bits;
        }
        Self(words.into_boxed_slice())
    }

    /// Octets of memory.
    pub(super) fn memory(&self) -> usize {
        size_of_val(&*self.0)
    }

    /// Whether any may be this one; surely none when not.
    #[inline]
    pub(super) fn may_have(&self, low: u64) -> bool {
        let (word, bits) = place(low, self.0.len());
        self.0.get(word).is_some_and(|word| word & bits == bits)
    }
}

/// The word, of so many, and its bits.
#[inline]
fn place(low: u64, words: usize) -> (usize, u64) {
    // Serial numbers may be counted, or end in zeros: each of their bits decides about all of these.
    let product = u128::from(low) * u128::from(MIX);
    let mixed = (product >> 64) as u64 ^ product as u64;
    let word = (u128::from(mixed) * words as u128) >> 64;
    let bits = [0, 6, 12].map(|from| 1 << (mixed >> from & 0x3f));
    (word as usize, bits[0] | bits[1] | bits[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_told_and_most_of_what_is_not() {
        let patterns: [fn(u64) -> u64; 4] = [
            |number| number,
            |number| number << 40,
            |number| number.wrapping_mul(MIX),
            |number| number << 32 | number,
        ];
        for pattern in patterns {
            for count in [1, 2, 3, 5, 100, 10_000] {
                let ends = Ends::of((0..count).map(pattern).collect::<Vec<_>>().into_iter());
                assert!((0..count).all(|number| ends.may_have(pattern(number))));
                let others = (count..count + 10_000).map(pattern);
                let taken = others.filter(|low| ends.may_have(*low)).count();
                assert!(taken < 300, "{taken} of 10,000 beside {count}");
            }
        }
    }

    #[test]
    fn an_empty_list_has_none() {
        assert!(!Ends::of([].into_iter()).may_have(0));
        assert!(!Ends::default().may_have(u64::MAX));
    }
}
