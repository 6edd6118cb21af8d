//! Bits of private keys flip in memory, and no wrong signature comes out.
//!
//! One wrong signature made with the Chinese remainder theorem gives the primes away (Boneh,
//! DeMillo, Lipton, *On the importance of checking cryptographic protocols for faults*, EUROCRYPT
//! 1997). Here the numbers of a key, wherever AWS-LC and the lanes hold them, are sought in this
//! process's own memory, and a bit of each copy is flipped through `/proc/self/mem`, as a failing
//! memory module would.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs::{File, OpenOptions, read_to_string};
use std::os::unix::fs::FileExt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use crypto_bigint::{BoxedUint, Resize as _};
use der::asn1::UintRef;
use der::{Decode, Sequence};
use formats::signing::Hash;
use keys::{BatchSigner, SoftwareKey, VerifyingKey, lanes, sign, sign_batch};
use pkcs8::PrivateKeyInfo;
use zeroize::Zeroizing;

/// The numbers of a private key that a signature is made from (RFC 8017 A.1.2).
#[derive(Sequence)]
struct Numbers<'a> {
    version: u8,
    modulus: UintRef<'a>,
    public_exponent: UintRef<'a>,
    private_exponent: UintRef<'a>,
    prime1: UintRef<'a>,
    prime2: UintRef<'a>,
    exponent1: UintRef<'a>,
    exponent2: UintRef<'a>,
    coefficient: UintRef<'a>,
}

/// A number of a key, as it lies in memory.
type Needle = fn(&Numbers<'_>) -> Vec<u8>;

/// AWS-LC: 64-bit limbs, the lowest first.
fn words(big_endian: &[u8]) -> Vec<u8> {
    big_endian.iter().rev().copied().collect()
}

/// The bits from `place` on, so many of them, as a number.
fn bits(big_endian: &[u8], place: usize, count: usize) -> u64 {
    let bit = |place: usize| {
        let octet = big_endian.iter().rev().nth(place / 8);
        octet.map_or(0, |octet| u64::from(octet >> (place % 8) & 1))
    };
    (0..count).fold(0, |sum, offset| sum | bit(place + offset) << offset)
}

/// The lanes: 52-bit limbs in 64-bit words, the lowest first.
fn limbs(big_endian: &[u8]) -> Vec<u8> {
    let limb = |number| bits(big_endian, number * 52, 52).to_le_bytes();
    (0..LIMBS).flat_map(limb).collect()
}

/// The lanes: an exponent as windows of five bits, an octet each, the highest first.
fn windows(big_endian: &[u8]) -> Vec<u8> {
    let count = (big_endian.len() * 8).div_ceil(5);
    let window = |number| bits(big_endian, number * 5, 5) as u8;
    (0..count).rev().map(window).collect()
}

/// 1/q · 2^shift modulo p: the coefficient in Montgomery's form.
fn coefficient(numbers: &Numbers<'_>, shift: u32) -> Vec<u8> {
    let number = |octets: &[u8]| BoxedUint::from_be_slice_vartime(octets);
    let shifted = number(numbers.coefficient.as_bytes())
        .resize(1024 + shift)
        .shl(shift);
    let p = number(numbers.prime1.as_bytes());
    let form = shifted.rem(p.as_nz_vartime().unwrap());
    form.to_be_bytes().into_vec()
}

/// Of 52 bits for the primes of RSA-2048.
const LIMBS: usize = 20;

/// What single signatures are made from: AWS-LC's numbers.
const SINGLE: [(&str, Needle); 5] = [
    ("p", |numbers| words(numbers.prime1.as_bytes())),
    ("q", |numbers| words(numbers.prime2.as_bytes())),
    ("dP", |numbers| words(numbers.exponent1.as_bytes())),
    ("dQ", |numbers| words(numbers.exponent2.as_bytes())),
    ("qInv", |numbers| words(&coefficient(numbers, 1024))),
];

/// What groups are made from: the lanes' numbers.
const GROUPS: [(&str, Needle); 5] = [
    ("p", |numbers| limbs(numbers.prime1.as_bytes())),
    ("q", |numbers| limbs(numbers.prime2.as_bytes())),
    ("dP", |numbers| windows(numbers.exponent1.as_bytes())),
    ("dQ", |numbers| windows(numbers.exponent2.as_bytes())),
    ("qInv", |numbers| limbs(&coefficient(numbers, 52 * 20))),
];

/// Where this process's writable memory holds `needle`. It is kept inverted, so as not to be found
/// itself.
fn places(memory: &File, inverted: &[u8]) -> Vec<u64> {
    let maps = read_to_string("/proc/self/maps").unwrap();
    let mut found = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (range, rights) = (fields.next().unwrap(), fields.next().unwrap());
        let name = fields.nth(3).unwrap_or("");
        if !rights.starts_with("rw") || (name.starts_with('[') && name != "[heap]") {
            continue;
        }
        let (from, to) = range.split_once('-').unwrap();
        let [from, to] = [from, to].map(|edge| u64::from_str_radix(edge, 16).unwrap());
        // Wiped afterwards: the next map may show where this copy was.
        let mut octets = Zeroizing::new(vec![0; usize::try_from(to - from).unwrap()]);
        if memory.read_exact_at(&mut octets, from).is_err() {
            continue;
        }
        let equals = |window: &[u8]| window.iter().zip(inverted).all(|(a, b)| *a == !*b);
        let starts = octets.windows(inverted.len()).enumerate();
        let equal = starts.filter(|(_, window)| equals(window));
        found.extend(equal.map(|(start, _)| from + start as u64));
    }
    found
}

/// A key, and one of its numbers, inverted.
fn key(needle: Needle) -> (SoftwareKey, Vec<u8>) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let key = SoftwareKey::from_pkcs8(der.as_ref()).unwrap();
    let info = PrivateKeyInfo::from_der(der.as_ref()).unwrap();
    let needle = Zeroizing::new(needle(&Numbers::from_der(info.private_key).unwrap()));
    (key, needle.iter().map(|octet| !octet).collect())
}

/// What became of signatures after the bits were flipped.
#[derive(Debug, Default)]
struct Outcome {
    copies: usize,
    refused: usize,
    right: usize,
}

/// Flips a bit of every copy of a number and signs batches of such sizes.
fn flipped(needle: Needle, batches: &[usize]) -> Outcome {
    let (key, inverted) = key(needle);
    let messages: Vec<Vec<u8>> = (0..8).map(|number| vec![number; 20]).collect();
    // AWS-LC makes copies of some numbers when it first signs.
    for count in batches {
        made(&key, &messages[..*count]).unwrap();
    }
    let memory = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/proc/self/mem")
        .unwrap();
    let mut outcome = Outcome::default();
    for place in places(&memory, &inverted) {
        // The fourth octet is one that every form fills with bits.
        let mut octet = [0];
        memory.read_exact_at(&mut octet, place + 3).unwrap();
        memory.write_all_at(&[octet[0] ^ 0x04], place + 3).unwrap();
        outcome.copies += 1;
    }
    for count in batches {
        match made(&key, &messages[..*count]) {
            Err(_) => outcome.refused += 1,
            Ok(signatures) => {
                assert_right(&key, &messages[..*count], &signatures);
                outcome.right += 1;
            }
        }
    }
    outcome
}

fn made(key: &SoftwareKey, messages: &[Vec<u8>]) -> formats::error::Result<Vec<Vec<u8>>> {
    match messages {
        [message] => sign(key, Hash::Sha256, message).map(|signature| vec![signature]),
        _ => sign_batch(key, Hash::Sha256, messages, Some(1)),
    }
}

/// By a public key that shares no memory with the private one.
fn assert_right(key: &SoftwareKey, messages: &[Vec<u8>], signatures: &[Vec<u8>]) {
    let public = VerifyingKey::from_spki(key.verifying_key().spki()).unwrap();
    for (message, signature) in messages.iter().zip(signatures) {
        let digest = Hash::Sha256.digest(message);
        assert!(
            public.verifies(&digest, signature),
            "a wrong signature was released"
        );
    }
}

/// One test: it reads the whole process's memory, and others would move about in it.
#[test]
fn no_flipped_bit_of_a_key_gives_a_wrong_signature() {
    for (name, needle) in SINGLE {
        let outcome = flipped(needle, &[1, 1, 1]);
        assert!(outcome.copies > 0, "{name} was not found");
        assert_eq!(outcome.right, 0, "{name}: {outcome:?}");
    }
    // Where groups of four gain nothing, none are made.
    let lanes = lanes(2048).smallest_group.is_some_and(|size| size <= 4);
    for (name, needle) in GROUPS {
        let outcome = flipped(needle, &[4, 8]);
        if lanes {
            assert!(outcome.copies > 0, "{name} was not found");
            assert_eq!(outcome.right, 0, "{name}: {outcome:?}");
        }
        // What the lanes got wrong may be made again, singly and from other memory.
        let outcome = flipped(needle, &[2, 3]);
        assert_eq!(outcome.refused + outcome.right, 2);
    }
}
