//! Serial numbers that rise from row to row, as an index yields them: none can return unseen.

use super::block::Padded;

/// Where a run of rising numbers stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rising {
    /// The last number; 0, which is none, before the first.
    last: Padded,
}

impl Rising {
    pub(super) fn new() -> Self {
        Self {
            last: [0; size_of::<Padded>()],
        }
    }

    /// Takes the next number. Whether it is above the last.
    #[inline]
    pub(super) fn take(&mut self, next: &Padded) -> bool {
        let rises = is_above(next, &self.last);
        self.last = *next;
        rises
    }

    /// Takes the next numbers, up to the first that is not above the one before it. Whether there is
    /// none such.
    #[inline]
    pub(super) fn take_all(&mut self, next: &[Padded]) -> bool {
        let mut last = &self.last;
        let rises = next
            .iter()
            .all(|number| is_above(number, std::mem::replace(&mut last, number)));
        self.last = *last;
        rises
    }
}

/// Numbers as octets, big-endian, compare as octets. Nearly always the first eight decide.
#[inline]
fn is_above(number: &Padded, other: &Padded) -> bool {
    let (first, its) = (leading(number), leading(other));
    if first == its {
        number > other
    } else {
        first > its
    }
}

#[inline]
fn leading(number: &Padded) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *number;
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
