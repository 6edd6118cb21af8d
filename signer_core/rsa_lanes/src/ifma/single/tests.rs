//! One operation against plain arithmetic and AWS-LC.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use proptest::prelude::*;

use super::super::testing::Key;
use super::*;
use crate::testing::are_missing;

fn number(octets: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice(octets, 2048).unwrap()
}

/// s^e modulo n by the textbook.
fn raised(modulus: &[u8], exponent: u64, signature: &[u8]) -> Vec<u8> {
    let parameters = BoxedMontyParams::new(Odd::new(number(modulus)).unwrap());
    let base = BoxedMontyForm::new(number(signature), &parameters);
    let power = base.pow(&BoxedUint::from(exponent));
    power.retrieve().to_be_bytes().into_vec()
}

fn octets_of(limbs: &Limbs) -> [u8; OCTETS] {
    let octets = super::super::limbs::to_octets(limbs, OCTETS);
    octets.try_into().unwrap()
}

/// Limbs of few ones or few zeros more often than chance has it: carries run through them.
fn limbs() -> impl Strategy<Value = Limbs> {
    let limb = prop_oneof![
        Just(0),
        Just(1),
        Just(LIMB_MASK),
        Just(LIMB_MASK - 1),
        Just(1 << 51),
        0..=LIMB_MASK,
    ];
    let mixed = prop::collection::vec(limb, LIMBS);
    let any = prop::collection::vec(0..=LIMB_MASK, LIMBS);
    prop_oneof![mixed, any].prop_map(|limbs| limbs.try_into().unwrap())
}

/// An odd number of 2,048 bits.
fn modulus() -> impl Strategy<Value = [u8; OCTETS]> {
    limbs().prop_map(|limbs| {
        let mut octets = octets_of(&limbs);
        octets[0] |= 0x80;
        octets[OCTETS - 1] |= 1;
        octets
    })
}

fn exponent() -> impl Strategy<Value = u64> {
    prop_oneof![
        Just(3),
        Just(65537),
        Just(u64::MAX),
        (1_u64..1 << 33).prop_map(|half| 2 * half + 1),
    ]
}

/// What comes out of a change is no longer what it was.
fn differs(numbers: &SingleNumbers, signature: &[u8], power: &[u8], bit: usize) -> bool {
    let mut other = power.to_vec();
    other[bit / 8] ^= 1 << (bit % 8);
    !numbers.gives(signature, &other)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_power_is_what_plain_arithmetic_says(
        modulus in modulus(),
        exponent in exponent(),
        signature in limbs(),
        bit in 0..8 * OCTETS,
    ) {
        let Some(numbers) = SingleNumbers::new(&modulus, &exponent.to_be_bytes()) else {
            prop_assert!(are_missing());
            return Ok(());
        };
        let signature = octets_of(&signature);
        let power = raised(&modulus, exponent, &signature);
        prop_assert_eq!(numbers.gives(&signature, &power), signature < modulus);
        prop_assert!(differs(&numbers, &signature, &power, bit));
    }

    #[test]
    fn what_is_left_of_a_long_number_is_what_plain_arithmetic_says(
        modulus in modulus(),
        parts in prop::collection::vec(limbs(), 0..6),
        dropped in 0..OCTETS,
    ) {
        let octets = parts.iter().flat_map(octets_of).skip(dropped).collect::<Vec<_>>();
        let Some(left) = LongNumber::new(&octets).left_by(&modulus) else {
            prop_assert!(are_missing());
            return Ok(());
        };
        let n = number(&modulus);
        let n = n.as_nz_vartime().unwrap();
        let whole = |octets: &[u8]| BoxedUint::from_be_slice(octets, 8 * octets.len() as u32).unwrap();
        prop_assert_eq!(left.len(), OCTETS + 1);
        prop_assert_eq!(whole(&left).rem(n), whole(&octets).rem(n));
    }

    #[test]
    fn limbs_are_the_octets(limbs in limbs()) {
        let mut limbs = limbs;
        limbs[LIMBS - 1] &= (1 << TOP_BITS) - 1;
        prop_assert_eq!(limbs_of(&octets_of(&limbs)), limbs);
        prop_assert_eq!(limbs_in(&number_of(&limbs)), limbs);
    }

    #[test]
    fn what_is_moved_up_is_what_plain_arithmetic_says(modulus in modulus(), x in limbs()) {
        let (n, by) = (number(&modulus), number(&[1, 0, 0, 0, 0]));
        let n = n.as_nz_vartime().unwrap();
        let x = number(&octets_of(&x)).rem(n);
        let mut moved = limbs_of(x.to_be_bytes()[..].try_into().unwrap());
        move_up(&mut moved, &limbs_of(&modulus));
        prop_assert_eq!(number(&octets_of(&moved)), x.mul_mod(&by, n));
    }
}

/// Where a number or a sum ends: 0, 1, n - 1 for moduli that are as small and as large as may be.
#[test]
fn numbers_at_the_edges_give_what_plain_arithmetic_says() {
    let mut least = [0; OCTETS];
    (least[0], least[OCTETS - 1]) = (0x80, 1);
    for modulus in [least, [0xff; OCTETS]] {
        let Some(numbers) = SingleNumbers::new(&modulus, &[1, 0, 1]) else {
            assert!(are_missing());
            return;
        };
        let mut below = modulus;
        below[OCTETS - 1] -= 1;
        for place in 0..8 * OCTETS {
            let mut power = [0; OCTETS];
            power[place / 8] = 0x80 >> (place % 8);
            let less = number(&power).wrapping_sub(number(&[1])).to_be_bytes();
            for signature in [&[0; OCTETS], &below, &power, &less[..].try_into().unwrap()] {
                let good = signature < &modulus;
                let power = raised(&modulus, 65537, signature);
                assert_eq!(numbers.gives(signature, &power), good, "{place}");
            }
        }
    }
}

#[test]
fn what_aws_lc_signed_holds_and_nothing_else_does() {
    for _ in 0..4 {
        let key = Key::generate(2048);
        let Some(numbers) = SingleNumbers::new(key.modulus(), &[1, 0, 1]) else {
            assert!(are_missing());
            return;
        };
        for message in 0..64_u8 {
            let (signature, encoded) = (key.sign(&[message]), key.encoded(&[message]));
            assert!(numbers.gives(&signature, &encoded));
            assert!(!numbers.gives(&signature, &key.encoded(&[message, 0])));
            assert!(!numbers.gives(&signature, &encoded[1..]));
            assert!(!numbers.gives(&signature[1..], &encoded));
            assert!(!numbers.gives(&[&[0], &signature[..]].concat(), &encoded));
            let bit = usize::from(message) * 32;
            assert!(differs(&numbers, &signature, &encoded, bit));
            let mut other = signature.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert!(!numbers.gives(&other, &encoded));
        }
    }
}

#[test]
fn keys_of_another_kind_are_not_taken() {
    let odd = [0xff; OCTETS];
    let taken = |modulus: &[u8], exponent: &[u8]| SingleNumbers::new(modulus, exponent).is_some();
    let lanes = !are_missing();
    assert_eq!(taken(&odd, &[1, 0, 1]), lanes);
    assert_eq!(taken(&odd, &[3]), lanes);
    let even = [&[0xff; OCTETS - 1][..], &[0xfe]].concat();
    let short = [&[0x7f][..], &[0xff; OCTETS - 1]].concat();
    let left = |modulus: &[u8]| LongNumber::new(&odd).left_by(modulus).is_some();
    assert_eq!(left(&odd), lanes);
    assert!(!left(&even) && !left(&short) && !left(&odd[1..]));
    assert!(!taken(&even, &[3]) && !taken(&short, &[3]));
    assert!(!taken(&odd[1..], &[3]) && !taken(&[0xff; OCTETS + 1], &[3]));
    for exponent in [&[][..], &[1], &[2], &[1, 0, 0], &[1; 9]] {
        assert!(!taken(&odd, exponent), "{exponent:?}");
    }
}
