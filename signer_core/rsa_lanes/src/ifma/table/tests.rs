#![allow(unsafe_code)]
//! What is read of a table, whichever power is wanted.

use crypto_bigint::BoxedUint;

use super::super::eight::{LANES, LIMB_MASK};
use super::super::limbs::limbs_for;
use super::super::modulus::{Modulus, ModulusNumbers, Scratch};
use super::*;
use crate::testing::are_missing;

/// Squares, and reads a table beside; the square and what was read.
#[target_feature(enable = "avx512f,avx512ifma")]
fn read_beside(x: &[Eight], table: &Table, wanted: &Eight, modulus: &Modulus) -> [Eights; 2] {
    let mut scratch = Scratch::new(x.len());
    let mut masks = vec![Eight::default(); POWERS];
    mask_for_each(&mut masks, wanted);
    let (mut square, mut read) = (Eights::new(x.to_vec()), Eights::new(x.to_vec()));
    for pass in 0..WINDOW_BITS {
        square.copy_from_slice(x);
        let mut read = Read {
            table,
            masks: &masks,
            wanted: &mut read,
        };
        modulus.square_and_read(&mut square, &mut scratch, &mut read, pass);
    }
    [square, read]
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn squared(x: &[Eight], modulus: &Modulus) -> Eights {
    let mut square = Eights::new(x.to_vec());
    modulus.square(&mut square, &mut Scratch::new(x.len()));
    square
}

/// Every lane gets the power it wants, whichever, and the square beside is the square.
#[test]
fn tables_are_read_beside_squares() {
    if are_missing() {
        return;
    }
    for bits in [1024, 1536, 2048] {
        let limbs = limbs_for(bits);
        let mut octets = vec![0xa5; bits / 8];
        octets[bits / 8 - 1] |= 1;
        let number = BoxedUint::from_be_slice_vartime(&octets);
        let numbers = ModulusNumbers::new(number.as_nz_vartime().unwrap(), limbs);
        let modulus = Modulus::of([&numbers; LANES]);
        let limb = |place: usize| (place as u64 * 0x9_e377_9b97_f4a7) & LIMB_MASK;
        let filled = |count| (0..count).map(|place| Eight([limb(place); LANES]));
        let table = Table(filled(limbs * POWERS).collect());
        let x: Vec<_> = filled(limbs - 1).chain([Eight::default()]).collect();
        for first in 0..POWERS {
            let wanted = std::array::from_fn(|lane| (first + 5 * lane) % POWERS);
            // SAFETY: the processor has the features.
            let [square, read] = unsafe {
                let wanted = Eight(wanted.map(|number| number as u64));
                read_beside(&x, &table, &wanted, &modulus)
            };
            // SAFETY: the processor has the features.
            let expected = unsafe { squared(&x, &modulus) };
            for place in 0..limbs {
                assert_eq!(square[place].0, expected[place].0);
                let power = wanted.map(|number| limb(place * POWERS + number));
                assert_eq!(read[place].0, power, "{bits} {first}");
            }
        }
    }
}
