//! The lanes against AWS-LC, which computes everything another way, and against plain arithmetic.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};

use super::testing::Key;
use super::*;
use crate::testing::are_missing;
use crate::{Check, Job, KeyOctets};

fn message(number: usize) -> [u8; 8] {
    number.to_le_bytes()
}

/// Signs with the lanes alone; `None` where the processor has none.
fn signed(keys: &[&Key], encoded: &[Vec<u8>]) -> Option<Vec<Vec<u8>>> {
    let jobs: Option<Vec<_>> = keys
        .iter()
        .zip(encoded)
        .map(|(key, encoded)| {
            let key = key.private.as_ref()?;
            Some(Job { key, encoded })
        })
        .collect();
    if jobs.is_none() {
        assert!(are_missing(), "usual keys");
    }
    Some(sign_group(&jobs?)?.expect("randomness"))
}

fn answers(key: &Key, pairs: &[(Vec<u8>, Vec<u8>)]) -> Option<Vec<bool>> {
    let Some(key) = &key.public else {
        assert!(are_missing(), "usual keys");
        return None;
    };
    let checks: Vec<_> = pairs
        .iter()
        .map(|(encoded, signature)| Check {
            key,
            signature,
            encoded,
        })
        .collect();
    verify_group(&checks)
}

fn number(key: &Key, octets: &[u8]) -> BoxedUint {
    let bits = u32::try_from(key.modulus().len() * 8).unwrap();
    BoxedUint::from_be_slice(octets, bits).unwrap()
}

/// s^65537 modulo n by the textbook.
fn raised(key: &Key, signature: &[u8]) -> Vec<u8> {
    let modulus = number(key, key.modulus());
    let parameters = BoxedMontyParams::new(Odd::new(modulus).unwrap());
    let base = BoxedMontyForm::new(number(key, signature), &parameters);
    let power = base.pow(&BoxedUint::from(65537_u32));
    power.retrieve().to_be_bytes().into_vec()
}

#[test]
fn all_sizes_of_key_and_group_agree_with_aws_lc() {
    for bits in [2048, 3072, 4096] {
        let key = Key::generate(bits);
        for count in 1..=LANES {
            let messages: Vec<_> = (0..count).map(message).collect();
            let encoded: Vec<_> = messages.iter().map(|m| key.encoded(m)).collect();
            let Some(signatures) = signed(&vec![&key; count], &encoded) else {
                return;
            };
            let expected: Vec<_> = messages.iter().map(|m| key.sign(m)).collect();
            assert_eq!(signatures, expected, "{bits} {count}");
            let pairs: Vec<_> = encoded.into_iter().zip(signatures).collect();
            let expected = Some(vec![true; count]);
            assert_eq!(answers(&key, &pairs), expected, "{bits} {count}");
        }
    }
}

#[test]
fn every_lane_may_have_a_key_of_its_own() {
    for bits in [2048, 3072] {
        let keys: Vec<_> = (0..LANES).map(|_| Key::generate(bits)).collect();
        for round in 0..3 {
            let messages: Vec<_> = (0..LANES)
                .map(|lane| message(round * LANES + lane))
                .collect();
            let encoded: Vec<_> = keys
                .iter()
                .zip(&messages)
                .map(|(key, message)| key.encoded(message))
                .collect();
            let Some(signatures) = signed(&keys.iter().collect::<Vec<_>>(), &encoded) else {
                return;
            };
            for ((key, message), signature) in keys.iter().zip(&messages).zip(&signatures) {
                assert_eq!(&key.sign(message), signature);
            }
        }
    }
}

/// Pairs of blinding numbers are squared, thrown away and made anew meanwhile.
#[test]
fn long_use_of_one_key_changes_nothing() {
    let key = Key::generate(2048);
    let encoded: Vec<_> = (0..LANES).map(|lane| key.encoded(&message(lane))).collect();
    let Some(first) = signed(&[&key; LANES], &encoded) else {
        return;
    };
    for round in 0..300 {
        assert_eq!(signed(&[&key; LANES], &encoded).unwrap(), first, "{round}");
    }
}

/// Numbers that no padding makes: 0, 1, n - 1, and around multiples of R where carries run through.
#[test]
fn numbers_at_the_edges_are_signed_right() {
    for bits in [2048, 3072, 4096] {
        let key = Key::generate(bits);
        let modulus = number(&key, key.modulus());
        let one = number(&key, &[1]);
        let power = |bit: usize| {
            let mut octets = vec![0; bits / 8];
            octets[bits / 8 - 1 - bit / 8] = 1 << (bit % 8);
            number(&key, &octets)
        };
        let half = bits / 2;
        let mut edges = vec![number(&key, &[0]), one.clone(), number(&key, &[2])];
        edges.push(modulus.wrapping_sub(&one));
        edges.push(modulus.wrapping_sub(number(&key, &[2])));
        for bit in [
            51,
            52,
            103,
            104,
            half - 1,
            half,
            half + 15,
            half + 16,
            bits - 2,
        ] {
            edges.push(power(bit));
            edges.push(power(bit).wrapping_sub(&one));
        }
        let edges: Vec<Vec<u8>> = edges
            .iter()
            .map(|edge| edge.to_be_bytes().into_vec())
            .collect();
        for group in edges.chunks(LANES) {
            let Some(signatures) = signed(&vec![&key; group.len()], group) else {
                return;
            };
            for (edge, signature) in group.iter().zip(&signatures) {
                assert_eq!(&raised(&key, signature), edge, "{bits}");
            }
            let pairs: Vec<_> = group.iter().cloned().zip(signatures).collect();
            let all = answers(&key, &pairs).unwrap();
            assert!(all.into_iter().all(|good| good), "{bits}");
        }
    }
}

/// Changes an encoded message or its signature.
type Spoil = fn(&mut (Vec<u8>, Vec<u8>));

#[test]
fn a_bad_signature_is_seen_in_its_lane_alone() {
    let key = Key::generate(2048);
    let good: Vec<_> = (0..LANES)
        .map(|lane| (key.encoded(&message(lane)), key.sign(&message(lane))))
        .collect();
    let spoils: [Spoil; 8] = [
        |pair| pair.1[0] ^= 0x01,
        |pair| pair.1[255] ^= 0x80,
        |pair| pair.1.fill(0),
        |pair| pair.1.fill(0xff),
        |pair| pair.1.truncate(255),
        |pair| pair.1.insert(0, 0),
        |pair| pair.0[255] ^= 1,
        |pair| pair.0[1] = 2,
    ];
    for (lane, spoil) in (0..LANES).cycle().zip(spoils) {
        let mut pairs = good.clone();
        spoil(&mut pairs[lane]);
        let Some(answers) = answers(&key, &pairs) else {
            return;
        };
        let expected: Vec<_> = (0..LANES).map(|other| other != lane).collect();
        assert_eq!(answers, expected, "lane {lane}");
    }
}

/// s + n gives the same power: RFC 8017 5.2.2 refuses it by its size.
#[test]
fn signatures_at_or_above_the_modulus_are_refused() {
    let key = Key::generate(2048);
    let modulus = key.modulus().to_vec();
    let zero = vec![0; 256];
    if let Some(answers) = answers(&key, &[(zero.clone(), modulus), (zero.clone(), zero)]) {
        assert_eq!(answers, [false, true], "0^e is 0, n is not below n");
    }
}

#[test]
fn groups_of_other_sizes_are_not_taken() {
    assert!(sign_group(&[]).is_none());
    let key = Key::generate(2048);
    let pair = (key.encoded(&message(0)), vec![0; 256]);
    assert!(answers(&key, &vec![pair; LANES + 1]).is_none());
}

/// 2560 and 3072 bits are 60 limbs each.
#[test]
fn keys_of_different_lengths_do_not_share_a_group() {
    let numbers = |bits: usize| {
        let (whole, half) = (vec![0xff; bits / 8], vec![0xff; bits / 16]);
        PrivateNumbers::new(&KeyOctets {
            modulus: &whole,
            exponent: &[1, 0, 1],
            primes: [&half, &half],
            exponents: [&half, &half],
            coefficient: &half,
        })
    };
    if let [Some(shorter), Some(longer), Some(same)] = [2560, 3072, 3072].map(numbers) {
        assert_eq!(shorter.public.limbs, longer.public.limbs);
        assert!(!shorter.goes_with(&longer) && !longer.goes_with(&shorter));
        assert!(longer.goes_with(&same));
    } else {
        assert!(are_missing(), "lengths the lanes take");
    }
}

#[test]
fn keys_the_lanes_do_not_take_are_refused() {
    let even = [&[0xff; 255][..], &[0xfe]].concat();
    let odd = [0xff; 256];
    for exponent in [&[1, 0, 1][..], &[3]] {
        assert_eq!(PublicNumbers::new(&odd, exponent).is_some(), !are_missing());
    }
    for (modulus, exponent) in [
        (&even[..], &[1, 0, 1][..]),
        (&odd[..], &[2]),
        (&odd[..], &[1]),
        (&odd[..], &[]),
        (&odd[..], &[1; 9]),
        (&odd[..100], &[1, 0, 1]),
        (&[0xff; 259][..], &[1, 0, 1]),
        (&[0xff; 257][..], &[1, 0, 1]),
    ] {
        assert!(
            PublicNumbers::new(modulus, exponent).is_none(),
            "{}",
            modulus.len()
        );
    }
    let unequal = KeyOctets {
        modulus: &odd,
        exponent: &[1, 0, 1],
        primes: [&odd[..136], &odd[..120]],
        exponents: [&odd[..136], &odd[..120]],
        coefficient: &odd[..120],
    };
    assert!(PrivateNumbers::new(&unequal).is_none());
}
