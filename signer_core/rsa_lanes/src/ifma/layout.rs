//! Which lane works on what.

use super::eight::{Eight, Eights, LANES};

/// Up to so many messages take two lanes each: the power modulo p in the lower half of the vector
/// and the one modulo q in the upper half, at the same time and so in half the time. More take one
/// lane each, first for p, then for q.
pub const PAIRS: usize = LANES / 2;

/// Which of `count` messages a lane works on. Lanes without one of their own do the first again.
pub(super) fn message_of(lane: usize, count: usize) -> usize {
    let own = if count <= PAIRS { lane % PAIRS } else { lane };
    if own < count { own } else { 0 }
}

/// One item for each lane, of one to eight messages.
pub(super) fn spread<T: Copy>(messages: &[T]) -> [T; LANES] {
    std::array::from_fn(|lane| messages[message_of(lane, messages.len())])
}

/// The same numbers with the two halves of the vector exchanged.
pub(super) fn halves_exchanged(x: &[Eight]) -> Eights {
    let exchanged = |limb: &Eight| Eight(std::array::from_fn(|lane| limb.0[lane ^ PAIRS]));
    Eights::new(x.iter().map(exchanged).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_has_its_lane_and_few_have_two() {
        for count in 1..=LANES {
            for lane in 0..LANES {
                let message = message_of(lane, count);
                assert!(message < count);
                if lane < count {
                    assert_eq!(message, lane);
                }
                if count <= PAIRS {
                    assert_eq!(message, message_of(lane ^ PAIRS, count), "{count}");
                }
            }
        }
    }

    #[test]
    fn halves_change_places() {
        let numbers = [Eight([0, 1, 2, 3, 4, 5, 6, 7]), Eight([9; LANES])];
        let exchanged = halves_exchanged(&numbers);
        assert_eq!(exchanged[0].0, [4, 5, 6, 7, 0, 1, 2, 3]);
        assert_eq!(exchanged[1].0, [9; LANES]);
    }
}
