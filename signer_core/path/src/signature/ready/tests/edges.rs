//! Moduli as small and as large as may be, or with few bits set; exponents from 3 to 33 bits; signatures
//! that are no number below the modulus: the numbers say what the library says.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd};

use super::*;
use crate::octets::wrapped;
use crate::testing::{number as integer, sequence};

const MESSAGE: &[u8] = b"what is signed";
const EXPONENTS: [u64; 4] = [3, 65537, (1 << 32) + 1, (1 << 33) - 1];

/// 2^2047, such powers of two, and what is added.
fn above(powers: &[usize], added: u16) -> [u8; OCTETS] {
    let mut octets = [0; OCTETS];
    octets[0] = 0x80;
    for power in powers {
        octets[OCTETS - 1 - power / 8] |= 1 << (power % 8);
    }
    octets[OCTETS - 2..].copy_from_slice(&added.to_be_bytes());
    octets
}

/// 2^2048, less a number.
fn below(less: u16) -> [u8; OCTETS] {
    let mut octets = [0xff; OCTETS];
    octets[OCTETS - 2..].copy_from_slice(&less.wrapping_neg().to_be_bytes());
    octets
}

/// The first primes there are at the edges, and between limbs of zeros, with which each of the exponents
/// has a root.
fn primes() -> [[u8; OCTETS]; 3] {
    [above(&[], 2895), below(2543), above(&[1024], 2207)]
}

fn number(octets: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice(octets, 2048).unwrap()
}

/// The number whose e-th power the encoded message is modulo a prime. A key of one prime is no key for
/// anybody to have, but whoever verifies can't see how many it has.
fn root(prime: &[u8], exponent: u64, encoded: &[u8]) -> Vec<u8> {
    let mut order = prime.to_vec();
    order[OCTETS - 1] -= 1;
    let order = NonZero::new(number(&order)).unwrap();
    let exponent = number(&exponent.to_be_bytes());
    let inverse = exponent.invert_mod(&order).unwrap();
    let parameters = BoxedMontyParams::new(Odd::new(number(prime)).unwrap());
    let base = BoxedMontyForm::new(number(encoded), &parameters);
    base.pow(&inverse).retrieve().to_be_bytes().into_vec()
}

/// A key of these numbers; nothing when the library takes none.
fn key(modulus: &[u8], exponent: u64) -> Option<ReadyKey> {
    let (hash, library, _) = KINDS[0];
    let (modulus, exponent) = ([&[0], modulus].concat(), integer(exponent));
    let octets = sequence(&[&wrapped(2, &modulus), &wrapped(2, &exponent)]);
    let numbers = Some([&modulus[..], &exponent]);
    ReadyKey::new(Algorithm::Pkcs1(hash), library, &octets, numbers)
}

/// A key that the lanes take, where there are any.
fn usual(modulus: &[u8], exponent: u64) -> ReadyKey {
    let key = key(modulus, exponent).unwrap();
    assert_eq!(key.single.is_some(), !are_missing());
    key
}

/// Octets that are no signature whatever the key.
fn none(modulus: &[u8; OCTETS]) -> Vec<Vec<u8>> {
    let (mut less, mut more) = (*modulus, *modulus);
    less[OCTETS - 1] -= 1;
    more[OCTETS - 1] = more[OCTETS - 1].wrapping_add(1);
    let mut one = [0; OCTETS];
    one[OCTETS - 1] = 1;
    let whole = [&[0; OCTETS], &one, &less, modulus, &more, &[0xff; OCTETS]];
    let shorter = [0, 1, OCTETS - 1].map(|octets| vec![1; octets]);
    let longer = [OCTETS + 1, 2 * OCTETS].map(|octets| vec![1; octets]);
    let whole = whole.map(|one| one.to_vec());
    [&whole[..], &shorter, &longer].concat()
}

#[test]
fn what_a_key_at_the_edge_signed_holds_and_nothing_beside_it() {
    let encoded = encoded(Hash::Sha256, &Hash::Sha256.of(MESSAGE)).unwrap();
    for modulus in primes() {
        for exponent in EXPONENTS {
            let key = usual(&modulus, exponent);
            let signature = root(&modulus, exponent, &encoded);
            assert!(holds(&key, MESSAGE, &signature), "{exponent}");
            assert!(!holds(&key, b"something else", &signature));
            for octet in (0..OCTETS).step_by(5) {
                let mut other = signature.clone();
                other[octet] ^= 1 << (octet % 8);
                assert!(!holds(&key, MESSAGE, &other), "{exponent} {octet}");
            }
            // The same number modulo n, where 2,048 bits have it; and the one that gives -1 times it.
            let [plain, n] = [&signature[..], &modulus].map(number);
            let others = [plain.wrapping_add(&n), n.wrapping_sub(&plain)];
            for other in others {
                assert!(!holds(&key, MESSAGE, &other.to_be_bytes()), "{exponent}");
            }
            assert!(!holds(&key, MESSAGE, &[&[0], &signature[..]].concat()));
            assert!(!holds(&key, MESSAGE, &signature[1..]));
            assert!(!holds(&key, MESSAGE, &[&signature[..], &[0]].concat()));
            for other in none(&modulus) {
                assert!(!holds(&key, MESSAGE, &other), "{exponent}");
            }
        }
    }
}

#[test]
fn no_octets_are_a_signature_of_a_modulus_that_nobody_made() {
    let moduli = [
        above(&[], 1),
        above(&[52, 104], 1),
        above(&[2046], 1),
        below(1),
        below(3),
    ];
    for modulus in moduli {
        for exponent in EXPONENTS {
            let key = usual(&modulus, exponent);
            for other in none(&modulus) {
                assert!(!holds(&key, MESSAGE, &other), "{exponent}");
            }
        }
    }
}

#[test]
fn what_the_library_takes_no_key_of_has_no_numbers_either() {
    let (least, most) = (above(&[], 2895), below(2543));
    for modulus in [least, most] {
        for exponent in [0, 1, 2, 65536, 1 << 33, (1 << 33) + 1, u64::MAX] {
            assert!(key(&modulus, exponent).is_none(), "{exponent}");
        }
    }
}

/// The rule for keys refuses an even modulus before; the library says no to each signature.
#[test]
fn a_modulus_that_is_even_or_shorter_is_left_to_the_library() {
    for modulus in [&above(&[], 0)[..], &below(2), &below(1)[1..]] {
        if let Some(key) = key(modulus, 3) {
            assert!(key.single.is_none());
            assert!(!holds(&key, MESSAGE, &vec![1; modulus.len()]));
        }
    }
}
