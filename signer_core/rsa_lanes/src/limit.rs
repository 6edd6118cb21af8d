//! What the multiplier alone would allow: `openjpki bench --only rsa_limit` measures signatures by it.
//!
//! *The count.* An RSA-2048 private operation by the Chinese remainder theorem is two powers of
//! numbers of 1,024 bits, n = 20 limbs of 52 bits each, eight operations side by side. Counted are
//! the multiplies that the method needs, whoever writes it, and no others:
//!
//! | | multiplies of vectors |
//! | --- | --- |
//! | a product of two numbers: every limb by every limb, the low and the upper half | 2n² = 800 |
//! | a square: products of two different limbs once | n(n + 1) = 420 |
//! | clearing its lower half (Montgomery) | 2n² = 800 |
//! | 204 windows of five bits, after one that needs none | 1,020 squares, 204 products |
//! | the table: powers 2 to 31 of the base | 15 squares, 15 products |
//!
//! That is 1,035 · 1,220 + 219 · 1,600 = 1,613,100 for one power, and 2 / 8 of it, 403,275, for one
//! operation. Not counted: the way into Montgomery's form and out of it, putting the halves
//! together, blinding, and the check of what came out, some four in a hundred more.

use super::LANES;

const LIMBS: u64 = 20;
const WINDOWS: u64 = 1024_u64.div_ceil(5);
const PRODUCT: u64 = 2 * LIMBS * LIMBS + CLEARING;
const SQUARE: u64 = LIMBS * (LIMBS + 1) + CLEARING;
const CLEARING: u64 = 2 * LIMBS * LIMBS;
const OF_THE_TABLE: u64 = 15;

/// Multiplies of whole vectors that one RSA-2048 private operation needs, in a group of eight.
pub const MULTIPLIES: u64 = {
    let squares = 5 * (WINDOWS - 1) + OF_THE_TABLE;
    let products = WINDOWS - 1 + OF_THE_TABLE;
    2 * (squares * SQUARE + products * PRODUCT) / LANES as u64
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_the_documented_one() {
        assert_eq!((PRODUCT, SQUARE, WINDOWS), (1600, 1220, 205));
        assert_eq!(MULTIPLIES, 403_275);
    }
}
