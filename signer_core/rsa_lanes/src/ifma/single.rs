//! One public operation of RSA-2048, for whoever verifies signatures one after the other.
//!
//! The limbs of the one number lie in the lanes of five vectors. A row of a product takes a limb to
//! all others and clears the lowest column as `twenty` does, by a multiple of the modulus that ends in
//! -1; then all columns move down by a lane. The upper halves of the clearing belong one column higher
//! than the lower ones, so a row adds those of the row before: they are in place then.
//!
//! Nothing here is secret: signature, key and message come from outside.

mod long;

pub use long::LongNumber;

use super::across::{LIMBS, Number, Row, VECTORS, handed_up, lowest, moved_down, normalise, read};
use super::eight::{Eight, LANES, LIMB_BITS, LIMB_MASK, Register};
use super::eight::{add, add_high, add_low, available, broadcast, zero};
use super::limbs::{friendly, negative_inverse};

/// Octets of a modulus.
const OCTETS: usize = 256;
/// Bits of a limb that an octet may begin at, and the octets that two limbs take.
const HALF_OCTET: usize = 4;
const OCTETS_OF_TWO: usize = 13;
/// The uppermost limb of a modulus has so many bits.
const TOP_BITS: u32 = 2048 - LIMB_BITS * (LIMBS as u32 - 1);

/// A public key of 2,048 bits, ready to raise one signature at a time.
pub struct SingleNumbers {
    octets: [u8; OCTETS],
    exponent: u64,
    modulus: Number,
    /// (k·m + 1) / 2^52, where k·m is -1 modulo 2^52.
    friend: Number,
    negative_inverse: u64,
    /// R² modulo m: takes a number into Montgomery's form.
    square: Number,
    /// 2^2048·R modulo m: takes a number up by as many bits as a modulus has.
    up: Number,
}

impl SingleNumbers {
    /// Of big-endian numbers; `None` on a processor without lanes, for a modulus that is even or has not
    /// 2,048 bits, and for an exponent that is even, below 3 or above 64 bits.
    #[must_use]
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let octets: [u8; OCTETS] = modulus.try_into().ok()?;
        if !available() || octets[0] < 0x80 || exponent.len() > size_of::<u64>() {
            return None;
        }
        let exponent = exponent
            .iter()
            .fold(0, |value, octet| value << 8 | u64::from(*octet));
        if octets[OCTETS - 1] & 1 == 0 || exponent < 3 || exponent & 1 == 0 {
            return None;
        }
        let limbs = limbs_of(&octets);
        let negative_inverse = negative_inverse(limbs[0]);
        let mut friend = [0; LIMBS];
        friend.copy_from_slice(&friendly(&limbs, negative_inverse));
        let mut numbers = Self {
            octets,
            exponent,
            modulus: number_of(&limbs),
            friend: number_of(&friend),
            negative_inverse,
            square: number_of(&power_of_two(&limbs)),
            up: Number::default(),
        };
        super::entry::into_square(&mut numbers);
        Some(numbers)
    }

    /// RFC 8017 5.2.2: the signature is as long as the modulus, and below it.
    pub(super) fn take(&self, signature: &[u8]) -> Option<Number> {
        let octets: &[u8; OCTETS] = signature.try_into().ok()?;
        (octets < &self.octets).then(|| number_of(&limbs_of(octets)))
    }

    /// R² from 2^32·R, modulo m: six squares make 2^2048·R of it, and 2,080 is 2,048 + 32.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn make_square(&mut self) {
        let short = self.square;
        self.up = short;
        for _ in 0..6 {
            let up = self.up;
            self.up = self.product(&up, &up);
        }
        self.square = self.product(&self.up, &short);
    }

    /// Whether s^e modulo n is the encoded message, for s < n. Exponents are public: a bit of theirs may
    /// decide.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn power_is(&self, plain: &Number, encoded: &[u8; OCTETS]) -> bool {
        let base = self.product(plain, &self.square);
        let mut x = base;
        for bit in (1..self.exponent.ilog2()).rev() {
            x = self.product(&x, &x);
            if self.exponent >> bit & 1 == 1 {
                x = self.product(&x, &base);
            }
        }
        x = self.product(&x, &x);
        // The exponent is odd: the last factor, not in Montgomery's form, takes the product out of it.
        x = self.product(&x, plain);
        let (mut power, modulus) = (limbs_in(&x), limbs_in(&self.modulus));
        // Below 2m and a small part of m: two are taken away at most.
        for _ in 0..3 {
            if is_below(&power, &modulus) {
                return power == limbs_of(encoded);
            }
            subtract(&mut power, &modulus, 1);
        }
        false
    }

    /// x·y/R modulo m. Takes x·y < 2^16 R m, gives less than 2m + x·y/R.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn product(&self, x: &Number, y: &Number) -> Number {
        self.product_and(x, y, &Number::default())
    }

    /// The same, and `more`, which is below 2^2048.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn product_and(&self, x: &Number, y: &Number, more: &Number) -> Number {
        let (x, friend) = (read(x), read(&self.friend));
        let factor = |place: usize| y[place / LANES].0[place % LANES];
        let mut sums = [zero(); VECTORS];
        multiply(&mut sums, &x, broadcast(factor(0)), Half::Low);
        let mut before = zero();
        for place in 1..LIMBS {
            let quotient = lowest(&sums);
            // What does not wait for the sums: the limb's upper halves, the next one's lower ones.
            let mut beside = [zero(); VECTORS];
            multiply(&mut beside, &x, broadcast(factor(place - 1)), Half::High);
            multiply(&mut beside, &x, broadcast(factor(place)), Half::Low);
            // The multiple of m takes the quotient away from its column.
            move_down(&mut sums, &beside);
            multiply(&mut sums, &friend, before, Half::High);
            multiply(&mut sums, &friend, quotient, Half::Low);
            before = quotient;
        }
        // The last row takes m itself, which brings the result back to its size.
        let modulus = read(&self.modulus);
        let inverse = broadcast(self.negative_inverse);
        let quotient = lowest(&[add_low(zero(), sums[0], inverse); VECTORS]);
        multiply(&mut sums, &modulus, quotient, Half::Low);
        let mut beside = [zero(); VECTORS];
        multiply(&mut beside, &x, broadcast(factor(LIMBS - 1)), Half::High);
        multiply(&mut beside, &friend, before, Half::High);
        multiply(&mut beside, &modulus, quotient, Half::High);
        move_down(&mut sums, &beside);
        for (sum, more) in sums.iter_mut().zip(read(more)) {
            *sum = add(*sum, more);
        }
        let mut product = Number::default();
        normalise(&mut product, &sums);
        product
    }
}

/// Which bits of the products of limbs.
#[derive(Clone, Copy)]
enum Half {
    Low,
    High,
}

/// Adds a half of all x·`limb`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply(sums: &mut Row, x: &Row, limb: Register, half: Half) {
    for (sum, x) in sums.iter_mut().zip(x) {
        *sum = match half {
            Half::Low => add_low(*sum, *x, limb),
            Half::High => add_high(*sum, *x, limb),
        };
    }
}

/// Moves the sums down by a column, with what the lowest one hands up, and adds what stands there.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn move_down(sums: &mut Row, beside: &Row) {
    let up = handed_up(sums);
    for place in 0..VECTORS {
        sums[place] = add(moved_down(sums, place), beside[place]);
    }
    sums[0] = add(sums[0], up);
}

/// A number's limbs, least significant first.
type Limbs = [u64; LIMBS];

/// Big-endian octets as limbs: two limbs take thirteen octets.
fn limbs_of(octets: &[u8; OCTETS]) -> Limbs {
    let mut reversed = [0; OCTETS + 8];
    for (to, octet) in reversed.iter_mut().zip(octets.iter().rev()) {
        *to = *octet;
    }
    std::array::from_fn(|place| {
        let first = place * OCTETS_OF_TWO / 2;
        let word = reversed[first..].first_chunk().copied().unwrap_or_default();
        u64::from_le_bytes(word) >> (HALF_OCTET * (place % 2)) & LIMB_MASK
    })
}

fn number_of(limbs: &Limbs) -> Number {
    std::array::from_fn(|vector| Eight(std::array::from_fn(|lane| limbs[vector * LANES + lane])))
}

fn limbs_in(number: &Number) -> Limbs {
    std::array::from_fn(|place| number[place / LANES].0[place % LANES])
}

/// 2^2112 modulo m, which is 2^32·R: 2^2048 - m, m having 2,048 bits, moved up by 32 bits twice.
fn power_of_two(modulus: &Limbs) -> Limbs {
    let mut x = [0; LIMBS];
    x[LIMBS - 1] = 1 << TOP_BITS;
    subtract(&mut x, modulus, 1);
    move_up(&mut x, modulus);
    move_up(&mut x, modulus);
    x
}

/// x <- x·2^32 modulo m, for x < m. The quotient is guessed from the upper 72 bits of m, one more than
/// they say: it is the right one or one less.
fn move_up(x: &mut Limbs, modulus: &Limbs) {
    const BITS: u32 = 32;
    let mut handed_up = 0;
    for limb in x.iter_mut() {
        let moved = *limb << BITS & LIMB_MASK | handed_up;
        handed_up = *limb >> (LIMB_BITS - BITS);
        *limb = moved;
    }
    let top = |of: &Limbs| u128::from(of[LIMBS - 1]) << LIMB_BITS | u128::from(of[LIMBS - 2]);
    let quotient = top(x) / (top(modulus) + 1);
    // Below 2^33: x is below 2^32·m.
    subtract(x, modulus, quotient as u64);
    if !is_below(x, modulus) {
        subtract(x, modulus, 1);
    }
}

/// x <- x - times·y, which is not below zero.
fn subtract(x: &mut Limbs, y: &Limbs, times: u64) {
    let mut borrow = 0_i128;
    for (x, y) in x.iter_mut().zip(y) {
        let taken = (u128::from(*y) * u128::from(times)).cast_signed();
        let rest = i128::from(*x) - taken + borrow;
        *x = rest as u64 & LIMB_MASK;
        borrow = rest >> LIMB_BITS;
    }
}

fn is_below(x: &Limbs, y: &Limbs) -> bool {
    x.iter().rev().lt(y.iter().rev())
}

#[cfg(test)]
mod tests;
