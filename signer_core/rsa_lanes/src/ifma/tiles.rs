//! Montgomery products of any number of limbs that is a multiple of ten, in tiles of ten by ten.
//!
//! A tile adds the product of two pieces of ten limbs to the twenty columns it reaches, which stay
//! in registers meanwhile. Larger numbers have too many columns for that, so they come and go
//! tile by tile: forty moves for two hundred multiplies.

use super::eight::{
    Eight, LIMB_MASK, Register, add, add_high, add_low, and, broadcast, carry, in_order, load, or,
    store, top_bit, zero,
};

/// Limbs of a piece.
pub(super) const PIECE: usize = 10;
const COLUMNS: usize = 2 * PIECE;

type Piece = [Eight; PIECE];
/// One register more than a tile needs: see [`in_order`].
type Sums = [Register; COLUMNS + 1];

macro_rules! each {
    ($row:ident) => {
        $row!(0);
        $row!(1);
        $row!(2);
        $row!(3);
        $row!(4);
        $row!(5);
        $row!(6);
        $row!(7);
        $row!(8);
        $row!(9);
    };
}

/// `columns` <- x·y, sums not yet handed up. x, y: equally many limbs; columns: twice as many.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn product(columns: &mut [Eight], x: &[Eight], y: &[Eight]) {
    columns.fill(Eight::default());
    for (i, x) in pieces(x).iter().enumerate() {
        for (j, y) in pieces(y).iter().enumerate() {
            add_product(window(columns, i + j), x, y);
        }
    }
}

/// `columns` <- x², sums not yet handed up. `doubled`: room for as many limbs as x has.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn square(columns: &mut [Eight], x: &[Eight], doubled: &mut [Eight]) {
    columns.fill(Eight::default());
    double(doubled, x);
    let (x, doubled) = (pieces(x), pieces(doubled));
    for (i, piece) in x.iter().enumerate() {
        let own = window(columns, 2 * i);
        add_square(own, piece, &doubled[i]);
        if let Some(next) = doubled.get(i + 1) {
            // What stands above the piece is doubled without the bit that the piece hands up.
            let mut cut = *next;
            clear_lowest_bit(&mut cut[0]);
            add_product(window(columns, 2 * i + 1), piece, &cut);
        }
        for (j, above) in doubled.iter().enumerate().skip(i + 2) {
            add_product(window(columns, i + j), piece, above);
        }
    }
}

/// x <- columns/R modulo m, with R = 2^(52·limbs). Spoils the columns.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn reduce(x: &mut [Eight], columns: &mut [Eight], modulus: &[Eight], inverse: &Eight) {
    let modulus = pieces(modulus);
    for i in 0..modulus.len() {
        let quotients = clear(window(columns, i), &modulus[0], inverse);
        for (j, piece) in modulus.iter().enumerate().skip(1) {
            add_product(window(columns, i + j), piece, &quotients);
        }
    }
    normalise(x, &columns[x.len()..]);
}

/// Hands the carries up, so that every limb has 52 bits again. `sums` may be longer than x.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn normalise(x: &mut [Eight], sums: &[Eight]) {
    let mut handed_up = zero();
    for (limb, sum) in x.iter_mut().zip(sums) {
        let total = add(load(sum), handed_up);
        store(limb, and(total, broadcast(LIMB_MASK)));
        handed_up = carry(total);
    }
}

fn pieces(x: &[Eight]) -> &[Piece] {
    x.as_chunks().0
}

/// The twenty columns from the tile's first.
fn window(columns: &mut [Eight], piece: usize) -> &mut [Eight] {
    &mut columns[piece * PIECE..][..COLUMNS]
}

#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_product(columns: &mut [Eight], x: &Piece, y: &Piece) {
    let mut sums = fetch(columns);
    macro_rules! row {
        ($i:literal) => {
            let limb = load(&y[$i]);
            for j in 0..PIECE {
                let other = load(&x[j]);
                sums[$i + j] = add_low(sums[$i + j], other, limb);
                sums[$i + j + 1] = add_high(sums[$i + j + 1], other, limb);
            }
            in_order(&mut sums);
        };
    }
    each!(row);
    put_back(columns, &sums);
}

/// Adds the square of one piece: its own limbs once, the products of two of them doubled.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_square(columns: &mut [Eight], x: &Piece, doubled: &Piece) {
    let mut sums = fetch(columns);
    // Twice the piece has one bit more than the piece.
    let handed_up = top_bit(load(&x[PIECE - 1]));
    macro_rules! row {
        ($i:literal) => {
            let limb = load(&x[$i]);
            sums[2 * $i] = add_low(sums[2 * $i], limb, limb);
            sums[2 * $i + 1] = add_high(sums[2 * $i + 1], limb, limb);
            if $i + 1 < PIECE {
                sums[$i + PIECE] = add_low(sums[$i + PIECE], limb, handed_up);
            }
            for (j, other) in doubled.iter().enumerate().skip($i + 1) {
                let mut other = load(other);
                if j == $i + 1 {
                    other = and(other, broadcast(LIMB_MASK - 1));
                }
                sums[$i + j] = add_low(sums[$i + j], other, limb);
                sums[$i + j + 1] = add_high(sums[$i + j + 1], other, limb);
            }
            in_order(&mut sums);
        };
    }
    each!(row);
    put_back(columns, &sums);
}

/// Clears the first ten columns by multiples of the modulus; returns the multiples.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn clear(columns: &mut [Eight], modulus: &Piece, inverse: &Eight) -> Piece {
    let mut quotients = [Eight::default(); PIECE];
    let inverse = load(inverse);
    let mut sums = fetch(columns);
    macro_rules! row {
        ($i:literal) => {
            let quotient = add_low(zero(), sums[$i], inverse);
            store(&mut quotients[$i], quotient);
            // The column ends as 0 modulo 2^52: what it hands up is itself rounded up to a limb.
            let handed_up = carry(add(sums[$i], broadcast(LIMB_MASK)));
            sums[$i + 1] = add(sums[$i + 1], handed_up);
            sums[$i + 1] = add_high(sums[$i + 1], load(&modulus[0]), quotient);
            for j in 1..PIECE {
                let limb = load(&modulus[j]);
                sums[$i + j] = add_low(sums[$i + j], limb, quotient);
                sums[$i + j + 1] = add_high(sums[$i + j + 1], limb, quotient);
            }
            in_order(&mut sums);
        };
    }
    each!(row);
    put_back(columns, &sums);
    quotients
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn fetch(columns: &[Eight]) -> Sums {
    let mut sums = [zero(); COLUMNS + 1];
    for (sum, column) in sums.iter_mut().zip(columns) {
        *sum = load(column);
    }
    sums
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn put_back(columns: &mut [Eight], sums: &Sums) {
    for (column, sum) in columns.iter_mut().zip(sums) {
        store(column, *sum);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn double(doubled: &mut [Eight], x: &[Eight]) {
    let mut handed_up = zero();
    for (twice, limb) in doubled.iter_mut().zip(x) {
        let limb = load(limb);
        let shifted = and(add(limb, limb), broadcast(LIMB_MASK));
        store(twice, or(shifted, handed_up));
        handed_up = top_bit(limb);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn clear_lowest_bit(limb: &mut Eight) {
    let cleared = and(load(limb), broadcast(LIMB_MASK - 1));
    store(limb, cleared);
}
