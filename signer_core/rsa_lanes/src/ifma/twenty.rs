//! Montgomery products of twenty limbs, the size of the primes of RSA-2048: the inner loop.
//!
//! All of a product's live column sums stay in registers. A row takes the multiplier's limb `i`
//! to all limbs of the other factor, then clears the lowest column by adding a multiple of the
//! modulus, and the window moves up by one column. See the mathematics in `mod.rs`.

use super::eight::{
    Eight, LIMB_MASK, Register, add, add_high, add_low, and, broadcast, carry, gather, in_order,
    load, reload, store, top_bit, zero,
};
use super::table::{POWERS, Part, WINDOW_BITS};

/// Limbs of a number here.
pub(super) const LIMBS: usize = 20;

/// Limbs of each power of a table that are read beside one of a window's squares.
const READ_LIMBS: usize = LIMBS / WINDOW_BITS;
/// Powers of which two limbs are read in one row of a square.
const POWERS_A_ROW: usize = 4;
const ROWS_OF_A_PAIR: usize = POWERS / POWERS_A_ROW;

/// What the products take from eight moduli.
pub(super) struct Friendly {
    pub(super) limbs: [Eight; LIMBS],
    pub(super) friend: [Eight; LIMBS],
    pub(super) negative_inverse: Eight,
}

/// The columns a row reaches: one more than limbs, for the upper half of the last product.
type Sums = [Register; LIMBS + 1];

/// Repeats a macro for the rows, so that every index below is a constant.
macro_rules! each {
    ($row:ident: $($index:literal)*) => { $( $row!($index); )* };
}

/// x <- x·y/R modulo m.
///
/// All rows but the last are one loop: the columns move down by a register each time, which costs a
/// processor no multiply, and the code stays small. Product and square follow each other all the
/// time, and both unrolled are more than the cache for instructions holds.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply(x: &mut [Eight; LIMBS], y: &[Eight; LIMBS], modulus: &Friendly) {
    let mut sums = [zero(); LIMBS + 1];
    let (last, others) = (&y[LIMBS - 1], &y[..LIMBS - 1]);
    for limb in others {
        multiply_row(&mut sums, x, load(limb));
        clear_by_friend(&mut sums, modulus);
        in_order(&mut sums);
    }
    multiply_row(&mut sums, x, load(last));
    clear_by_modulus(&mut sums, modulus);
    normalise(x, &sums);
}

/// The rows of a square, with a macro called after each.
macro_rules! rows_of_square {
    ($sums:ident, $x:ident, $doubled:ident, $modulus:ident, $beside:ident) => {
        double($doubled, $x);
        macro_rules! row {
            ($i:literal) => {
                // Row r of the square begins at column 2r, so every second clearing has one
                // before it.
                if $i % 2 == 0 {
                    square_row(&mut $sums, $x, $doubled, $i / 2, $i);
                    in_order(&mut $sums);
                }
                if $i < LIMBS - 1 {
                    clear_by_friend(&mut $sums, $modulus);
                } else {
                    clear_by_modulus(&mut $sums, $modulus);
                }
                $beside!($i);
                in_order(&mut $sums);
            };
        }
        each!(row: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19);
        macro_rules! rest {
            ($r:literal) => {
                square_row(&mut $sums, $x, $doubled, $r, LIMBS);
                in_order(&mut $sums);
            };
        }
        each!(rest: 10 11 12 13 14 15 16 17 18 19);
        normalise($x, &$sums);
    };
}

/// x <- x²/R modulo m: each product of two different limbs is made once, of a doubled limb.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn square(x: &mut [Eight; LIMBS], doubled: &mut [Eight; LIMBS], modulus: &Friendly) {
    let mut sums = [zero(); LIMBS + 1];
    macro_rules! nothing {
        ($i:literal) => {};
    }
    rows_of_square!(sums, x, doubled, modulus, nothing);
}

/// The same, and reads a part of a table beside it. A table has 640 vectors, more than the nearest
/// cache holds with all else, and whoever reads it at one go waits for the next one. Here the
/// processor has multiplies to do meanwhile: each row brings four powers' limbs, two of each.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn square_and_read(
    x: &mut [Eight; LIMBS],
    doubled: &mut [Eight; LIMBS],
    modulus: &Friendly,
    part: &mut Part<'_, READ_LIMBS>,
) {
    let mut sums = [zero(); LIMBS + 1];
    let mut kept = [zero(); 2];
    macro_rules! read {
        ($i:literal) => {
            if $i < READ_LIMBS / 2 * ROWS_OF_A_PAIR {
                read_row(&mut kept, part, $i / ROWS_OF_A_PAIR, $i % ROWS_OF_A_PAIR);
            }
        };
    }
    rows_of_square!(sums, x, doubled, modulus, read);
}

/// Reads two limbs of some of the powers. The last row of a pair puts down what the masks let through.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn read_row(kept: &mut [Register; 2], part: &mut Part<'_, READ_LIMBS>, pair: usize, row: usize) {
    for number in row * POWERS_A_ROW..(row + 1) * POWERS_A_ROW {
        let mask = reload(&part.masks[number]);
        for (limb, kept) in kept.iter_mut().enumerate() {
            let power = reload(&part.powers[2 * pair + limb][number]);
            *kept = gather(*kept, mask, power);
        }
    }
    if row == ROWS_OF_A_PAIR - 1 {
        for (limb, kept) in kept.iter_mut().enumerate() {
            store(&mut part.wanted[2 * pair + limb], *kept);
            *kept = zero();
        }
    }
}

/// Adds x·`limb`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply_row(sums: &mut Sums, x: &[Eight; LIMBS], limb: Register) {
    let mut below = reload(&x[0]);
    sums[0] = add_low(sums[0], below, limb);
    for j in 1..LIMBS {
        let next = reload(&x[j]);
        sums[j] = add_low(add_high(sums[j], below, limb), next, limb);
        below = next;
    }
    sums[LIMBS] = add_high(sums[LIMBS], below, limb);
}

/// Twice the limbs of a number, each with the bit that the limb below hands up: what a row of its
/// square takes for every limb above its own. There is a bit too much at the top of each, which
/// multiplies do not see.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn double(doubled: &mut [Eight; LIMBS], x: &[Eight; LIMBS]) {
    let mut below = load(&x[0]);
    for j in 1..LIMBS {
        let limb = load(&x[j]);
        store(&mut doubled[j], add(add(limb, limb), top_bit(below)));
        below = limb;
    }
}

/// Adds row `r` of x², where `base` is the column of `sums[0]`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn square_row(
    sums: &mut Sums,
    x: &[Eight; LIMBS],
    doubled: &[Eight; LIMBS],
    r: usize,
    base: usize,
) {
    let limb = reload(&x[r]);
    let first = 2 * r - base;
    sums[first] = add_low(sums[first], limb, limb);
    let mut below = limb;
    for j in r + 1..LIMBS {
        let next = if j == r + 1 {
            // Without the bit that this row's own limb hands up: that one was not doubled.
            let above = reload(&x[j]);
            add(above, above)
        } else {
            reload(&doubled[j])
        };
        let column = r + j - base;
        sums[column] = add_low(add_high(sums[column], below, limb), next, limb);
        below = next;
    }
    sums[r + LIMBS - base] = add_high(sums[r + LIMBS - base], below, limb);
}

/// Clears `sums[0]` by the multiple of m that is -1 modulo 2^52, and moves up one column. The
/// lowest sum is its own quotient: no multiply stands between one row and the next.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn clear_by_friend(sums: &mut Sums, modulus: &Friendly) {
    let quotient = sums[0];
    let mut below = reload(&modulus.friend[0]);
    sums[0] = add(add_low(sums[1], below, quotient), carry(quotient));
    for j in 1..LIMBS {
        let next = reload(&modulus.friend[j]);
        sums[j] = add_low(add_high(sums[j + 1], below, quotient), next, quotient);
        below = next;
    }
    sums[LIMBS] = add_high(zero(), below, quotient);
}

/// Clears `sums[0]` by a multiple of m itself, and moves up one column: the last row, which brings
/// the result back to the size of m.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn clear_by_modulus(sums: &mut Sums, modulus: &Friendly) {
    let quotient = add_low(zero(), sums[0], reload(&modulus.negative_inverse));
    // The column ends as 0 modulo 2^52, so what it hands up is itself rounded up to a limb.
    let handed_up = carry(add(sums[0], broadcast(LIMB_MASK)));
    let mut below = reload(&modulus.limbs[0]);
    sums[1] = add(sums[1], handed_up);
    for j in 1..LIMBS {
        let next = reload(&modulus.limbs[j]);
        sums[j - 1] = add_low(add_high(sums[j], below, quotient), next, quotient);
        below = next;
    }
    sums[LIMBS - 1] = add_high(sums[LIMBS], below, quotient);
    sums[LIMBS] = zero();
}

/// Hands the carries up, so that every limb has 52 bits again.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn normalise(x: &mut [Eight; LIMBS], sums: &Sums) {
    let mut handed_up = zero();
    for (limb, sum) in x.iter_mut().zip(sums) {
        let total = add(*sum, handed_up);
        store(limb, and(total, broadcast(LIMB_MASK)));
        handed_up = carry(total);
    }
}
