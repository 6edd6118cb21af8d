#![allow(unsafe_code)]
//! Products in the lanes against plain arithmetic, where carries are hardest.

use crypto_bigint::Odd;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use proptest::prelude::*;

use super::super::limbs::{from_octets, to_octets};
use super::*;
use crate::testing::are_missing;

/// Octets of a number: random, or long runs of ones and zeros.
fn octets(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let runs = prop::collection::vec((any::<bool>(), 1..length), 1..8).prop_map(move |runs| {
        let bits = runs.into_iter().cycle();
        bits.flat_map(|(ones, count)| std::iter::repeat_n(if ones { 0xff } else { 0 }, count))
            .take(length)
            .collect()
    });
    prop_oneof![prop::collection::vec(any::<u8>(), length), runs]
}

/// Eight moduli with the top bit set, odd; eight pairs of factors below 2^5 m or so.
#[derive(Debug)]
struct Case {
    limbs: usize,
    moduli: Vec<Vec<u8>>,
    left: Vec<Vec<u8>>,
    right: Vec<Vec<u8>>,
}

fn cases() -> impl Strategy<Value = Case> {
    prop_oneof![Just(1024_usize), Just(1536), Just(2048)].prop_flat_map(|bits| {
        let eight = |length: usize| prop::collection::vec(octets(length), LANES);
        let factors = || eight(bits / 8);
        (eight(bits / 8), factors(), factors()).prop_map(move |(mut moduli, left, right)| {
            for modulus in &mut moduli {
                modulus[0] |= 0x80;
                *modulus.last_mut().unwrap() |= 1;
            }
            Case {
                limbs: super::super::limbs::limbs_for(bits),
                moduli,
                left,
                right,
            }
        })
    })
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn products(case: &Case) -> [Eights; 3] {
    let rows = |lanes: &[Vec<u8>]| {
        let limbs: Vec<_> = lanes
            .iter()
            .map(|octets| from_octets(octets, case.limbs))
            .collect();
        side_by_side(std::array::from_fn(|lane| &limbs[lane][..]))
    };
    let numbers: Vec<_> = case
        .moduli
        .iter()
        .map(|octets| {
            let number = BoxedUint::from_be_slice_vartime(octets);
            ModulusNumbers::new(number.as_nz_vartime().unwrap(), case.limbs)
        })
        .collect();
    let modulus = Modulus::of(std::array::from_fn(|lane| &numbers[lane]));
    let mut scratch = Scratch::new(case.limbs);
    let (mut product, right) = (rows(&case.left), rows(&case.right));
    modulus.multiply(&mut product, &right, &mut scratch);
    let mut square = rows(&case.left);
    modulus.square(&mut square, &mut scratch);
    let mut reduced = Eights::new(product.to_vec());
    modulus.subtract_once(&mut reduced, &mut scratch);
    [product, square, reduced]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn products_and_squares_are_right_and_small(case in cases()) {
        if are_missing() {
            return Ok(());
        }
        // SAFETY: the processor has the features.
        let [product, square, reduced] = unsafe { products(&case) };
        let length = case.moduli[0].len();
        let bits = u32::try_from(length * 8).unwrap();
        for number in 0..LANES {
            let modulus = BoxedUint::from_be_slice(&case.moduli[number], bits).unwrap();
            let wide = BoxedUint::from_be_slice(&case.moduli[number], bits + 16).unwrap();
            let parameters = BoxedMontyParams::new(Odd::new(modulus.clone()).unwrap());
            let form = |octets: &[u8]| {
                let value = BoxedUint::from_be_slice(octets, bits).unwrap();
                BoxedMontyForm::new(value.rem(modulus.as_nz_vartime().unwrap()), &parameters)
            };
            let radix = {
                let exponent = u32::try_from(case.limbs * 52).unwrap();
                let power = power_of_two(exponent, modulus.as_nz_vartime().unwrap());
                BoxedMontyForm::new((*power).clone(), &parameters)
            };
            let (left, right) = (form(&case.left[number]), form(&case.right[number]));
            for (result, expected) in [(&product, left.mul(&right)), (&square, left.square())] {
                let limbs = lane(result, number);
                prop_assert!(limbs.iter().all(|limb| *limb <= LIMB_MASK));
                // Below 2m and a little: two bits more than m, so two octets hold the rest.
                let octets = to_octets(&limbs, length + 2);
                let value = BoxedUint::from_be_slice(&octets, bits + 16).unwrap();
                let (_, remainder) = value.div_rem(modulus.as_nz_vartime().unwrap());
                let remainder = BoxedMontyForm::new(remainder, &parameters);
                prop_assert_eq!(remainder.mul(&radix).retrieve(), expected.retrieve());
                let twice = wide.shl(1);
                let slack = BoxedUint::one_with_precision(bits + 16).shl(bits - 8);
                prop_assert!(value < twice.wrapping_add(&slack));
            }
            let whole = to_octets(&lane(&product, number), length + 2);
            let once = to_octets(&lane(&reduced, number), length + 2);
            let (whole, once) = (
                BoxedUint::from_be_slice(&whole, bits + 16).unwrap(),
                BoxedUint::from_be_slice(&once, bits + 16).unwrap(),
            );
            let expected = if whole < wide { whole } else { whole.wrapping_sub(&wide) };
            prop_assert_eq!(once, expected);
        }
    }
}
