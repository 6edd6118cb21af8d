//! Powers by fixed windows of five bits.
//!
//! Every window takes five squarings and one product, whatever its bits. The table of 32 powers is
//! read from end to end each time, and masks keep the one that is wanted: neither branch nor
//! address depends on the exponent.

use zeroize::Zeroizing;

use super::eight::{Eight, Eights, LANES};
use super::modulus::{Modulus, Scratch};
use super::table::{POWERS, Read, Table, WINDOW_BITS, mask_for_each};

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

/// A power to make: x <- x^exponent, in Montgomery's form.
pub(super) struct Power<'a> {
    pub(super) x: &'a mut [Eight],
    /// R modulo m.
    pub(super) one: &'a [Eight],
    /// Their windows; equally many for all lanes.
    pub(super) exponents: [&'a [u8]; LANES],
    pub(super) modulus: &'a Modulus,
}

/// Makes the powers side by side: their exponents are equally long.
///
/// A square ends with twenty carries that wait for each other, and the next square of the same
/// number waits for them. So the powers take turns: while one hands its carries up, the multiplies
/// of the other have room.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn power(made: &mut [Power<'_>], scratch: &mut Scratch) {
    let windows = made.first().map_or(0, |power| power.exponents[0].len());
    let mut rest: Vec<_> = made
        .iter()
        .zip(powers(made, scratch))
        .map(|(power, table)| {
            let places = (0..windows).map(|place| digits(&power.exponents, place));
            Rest {
                table,
                wanted: Eights::new(places.collect()),
                masks: Eights::new(vec![Eight::default(); POWERS]),
                factor: Eights::new(vec![Eight::default(); power.x.len()]),
            }
        })
        .collect();
    for (power, rest) in made.iter_mut().zip(&mut rest) {
        mask_for_each(&mut rest.masks, &rest.wanted[0]);
        for pass in 0..WINDOW_BITS {
            rest.read().pick(pass);
        }
        power.x.copy_from_slice(&rest.factor);
    }
    for place in 1..windows {
        for pass in 0..WINDOW_BITS {
            for (power, rest) in made.iter_mut().zip(&mut rest) {
                if pass == 0 {
                    mask_for_each(&mut rest.masks, &rest.wanted[place]);
                }
                let x = &mut *power.x;
                power
                    .modulus
                    .square_and_read(x, scratch, &mut rest.read(), pass);
            }
        }
        for (power, rest) in made.iter_mut().zip(&rest) {
            power.modulus.multiply(power.x, &rest.factor, scratch);
        }
    }
}

/// What making a power takes beside its base; all of it secret.
struct Rest {
    table: Table,
    /// The windows, as vectors.
    wanted: Eights,
    /// A mask for each power of the table.
    masks: Eights,
    /// The power that is wanted next.
    factor: Eights,
}

impl Rest {
    fn read(&mut self) -> Read<'_> {
        Read {
            table: &self.table,
            masks: &self.masks,
            wanted: &mut self.factor,
        }
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

/// The tables of several bases.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn powers(made: &[Power<'_>], scratch: &mut Scratch) -> Vec<Table> {
    let tables = made.iter().map(|power| Table::of_limbs(power.x.len()));
    let mut tables: Vec<_> = tables.collect();
    for number in 0..POWERS {
        for (power, table) in made.iter().zip(&mut tables) {
            match number {
                0 => table.put(0, power.one),
                1 => table.put(1, power.x),
                _ if number % 2 == 0 => {
                    let mut next = table.get(number / 2);
                    power.modulus.square(&mut next, scratch);
                    table.put(number, &next);
                }
                _ => {
                    let mut next = table.get(number - 1);
                    power.modulus.multiply(&mut next, power.x, scratch);
                    table.put(number, &next);
                }
            }
        }
    }
    tables
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
