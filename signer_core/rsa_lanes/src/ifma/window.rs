//! Powers by fixed windows of five bits.
//!
//! Every window takes five squarings and one product, whatever its bits. The table of 32 powers is
//! read from end to end each time, and masks keep the one that is wanted: neither branch nor
//! address depends on the exponent.

use zeroize::{Zeroize, Zeroizing};

use super::eight::{Eight, LANES, broadcast, equal, gather, load, store, zero};
use super::modulus::{Modulus, Scratch};

pub(super) const WINDOW_BITS: usize = 5;
const POWERS: u64 = 1 << WINDOW_BITS;

/// The windows of an exponent, the highest first; their number depends on `bits` alone.
pub(super) fn windows(big_endian: &[u8], bits: usize) -> Zeroizing<Vec<u8>> {
    let count = bits.div_ceil(WINDOW_BITS);
    let bit = |place: usize| {
        let octet = big_endian.iter().rev().nth(place / 8);
        octet.map_or(0, |octet| octet >> (place % 8) & 1)
    };
    let window = |number: usize| {
        (0..WINDOW_BITS).fold(0, |sum, place| {
            sum | bit(number * WINDOW_BITS + place) << place
        })
    };
    Zeroizing::new((0..count).rev().map(window).collect())
}

/// The powers of a base up to the 31st; secret, wiped when dropped.
pub(super) struct Table(pub(super) Vec<Eight>);

impl Drop for Table {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// x <- x^exponent, in Montgomery's form. `one`: R modulo m; `exponents`: of equal length.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn power(
    x: &mut [Eight],
    one: &[Eight],
    exponents: [&[u8]; LANES],
    modulus: &Modulus,
    scratch: &mut Scratch,
) {
    let table = powers(x, one, modulus, scratch);
    let mut factor = Zeroizing::new(vec![Eight::default(); x.len()]);
    for place in 0..exponents[0].len() {
        let wanted = digits(&exponents, place);
        if place == 0 {
            for pass in 0..WINDOW_BITS {
                pick(x, &table, wanted, pass);
            }
            continue;
        }
        // The table is read between the squarings, a fifth each time: loads have room beside the
        // multiplies, which wait for each other.
        for pass in 0..WINDOW_BITS {
            pick(&mut factor, &table, wanted, pass);
            modulus.square(x, scratch);
        }
        modulus.multiply(x, &factor, scratch);
    }
}

/// Each lane's window at that place. Never inlined: here secrets pass through general registers, and
/// a function of its own can be found in the machine code and read (`make inspect-kernel`).
#[inline(never)]
fn digits(exponents: &[&[u8]; LANES], place: usize) -> Eight {
    let mut digits = Eight::default();
    for (digit, windows) in digits.0.iter_mut().zip(exponents) {
        *digit = u64::from(windows[place]);
    }
    digits
}

#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn powers(
    x: &[Eight],
    one: &[Eight],
    modulus: &Modulus,
    scratch: &mut Scratch,
) -> Table {
    let limbs = x.len();
    let mut table = Vec::with_capacity(limbs * POWERS as usize);
    table.extend_from_slice(one);
    table.extend_from_slice(x);
    for number in 2..POWERS as usize {
        let even = number % 2 == 0;
        let from = if even { number / 2 } else { number - 1 };
        let mut next = Zeroizing::new(table[from * limbs..][..limbs].to_vec());
        if even {
            modulus.square(&mut next, scratch);
        } else {
            modulus.multiply(&mut next, x, scratch);
        }
        table.extend_from_slice(&next);
    }
    Table(table)
}

/// `out` <- the power that each lane wants: the limbs of one pass.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn pick(out: &mut [Eight], table: &Table, wanted: Eight, pass: usize) {
    match out.len() / WINDOW_BITS {
        4 => pick_limbs::<4>(out, table, wanted, pass),
        6 => pick_limbs::<6>(out, table, wanted, pass),
        _ => pick_limbs::<8>(out, table, wanted, pass),
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn pick_limbs<const PASS: usize>(out: &mut [Eight], table: &Table, wanted: Eight, pass: usize) {
    let limbs = out.len();
    let wanted = load(&wanted);
    let mut kept = [zero(); PASS];
    for (number, power) in (0..POWERS).zip(table.0.chunks_exact(limbs)) {
        let mask = equal(wanted, broadcast(number));
        let limbs = &power.as_chunks::<PASS>().0[pass];
        for (kept, limb) in kept.iter_mut().zip(limbs) {
            *kept = gather(*kept, mask, load(limb));
        }
    }
    for (out, kept) in out.as_chunks_mut::<PASS>().0[pass].iter_mut().zip(kept) {
        store(out, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_say_the_exponent() {
        assert_eq!(windows(&[0b101_0011], 10)[..], [0b00010, 0b10011]);
        assert_eq!(windows(&[0xff, 0xff], 16)[..], [1, 31, 31, 31]);
        assert_eq!(windows(&[0, 0, 1], 16)[..], [0, 0, 0, 1]);
        assert_eq!(windows(&[], 1024).len(), 205);
    }
}
