//! The multiplier with nothing else to do: the yardstick of `rsa_limit`.

use std::hint::black_box;

use super::eight::{add_high, add_low, broadcast, in_order, zero};

/// Makes so many rounds of multiplies and says how many that were. Half of them bring the low bits
/// and half the upper ones, as in a product; each waits for the one in its own register only, and
/// there are 21 of those, where two multipliers of four cycles need eight.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply(rounds: u64) -> u64 {
    let mut sums = [zero(); 21];
    let (x, y) = (broadcast(black_box(3)), broadcast(black_box(5)));
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = add_low(*sum, x, y);
        }
        in_order(&mut sums);
        for sum in &mut sums {
            *sum = add_high(*sum, x, y);
        }
        in_order(&mut sums);
    }
    black_box(sums);
    rounds * 2 * sums.len() as u64
}
