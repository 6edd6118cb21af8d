//! Algorithms, keys and the budget.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{self as lc, EcdsaKeyPair, KeyPair, RsaEncoding, RsaKeyPair};

use super::algorithm::Algorithm;
use super::identifier::Hash;
use super::*;
use crate::octets::wrapped;
use crate::testing::{ECDSA_SHA256, sequence};
use crate::verdict::Reason;

const MESSAGE: &[u8] = b"what is signed";
const OBJECT: crate::Sha256 = [7; 32];
const NULL: &[u8] = &[5, 0];

static RSA: LazyLock<RsaKeyPair> =
    LazyLock::new(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());

/// Octets of 1.2.840.113549.1.1.number.
fn pkcs1(number: u8) -> Vec<u8> {
    wrapped(6, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, number])
}

/// Octets of a hash of NIST's arc.
fn nist(number: u8) -> Vec<u8> {
    sequence(&[&wrapped(6, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, number])])
}

/// Octets of 1.2.840.10045.4.3.number: ECDSA with SHA-2.
fn ecdsa(number: u8) -> Vec<u8> {
    sequence(&[&wrapped(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, number])])
}

fn spki(algorithm: &[&[u8]], key: &[u8]) -> Vec<u8> {
    let bits = wrapped(3, &[&[0], key].concat());
    sequence(&[&sequence(algorithm), &bits])
}

fn rsa_key(modulus: &[u8], exponent: &[u8]) -> PublicKey {
    let numbers = sequence(&[&wrapped(2, modulus), &wrapped(2, exponent)]);
    PublicKey::read(&spki(&[&pkcs1(1), NULL], &numbers)).unwrap()
}

fn our_rsa_key(algorithm: &[&[u8]]) -> PublicKey {
    PublicKey::read(&spki(algorithm, RSA.public_key().as_ref())).unwrap()
}

fn rsa_signature(padding: &'static dyn RsaEncoding) -> Vec<u8> {
    let mut signature = vec![0; RSA.public_modulus_len()];
    RSA.sign(padding, &SystemRandom::new(), MESSAGE, &mut signature)
        .unwrap();
    signature
}

fn verify(key: &PublicKey, algorithm: &[u8], signature: &[u8]) -> Result<(), Reason> {
    let signed = Signed {
        octets: MESSAGE,
        algorithm,
        signature,
        sha256: &OBJECT,
    };
    Signatures::new(SignaturePolicy::default(), 100).verify(key, &signed)
}

fn pss(hash: u8, mask: u8, salt: &[u8], rest: &[u8]) -> Vec<u8> {
    let mask = sequence(&[&pkcs1(8), &nist(mask)]);
    let salt = match salt {
        [] => Vec::new(),
        salt => wrapped(0xa2, &wrapped(2, salt)),
    };
    let parameters = sequence(&[
        &wrapped(0xa0, &nist(hash)),
        &wrapped(0xa1, &mask),
        &salt,
        rest,
    ]);
    sequence(&[&pkcs1(10), &parameters])
}

#[test]
fn rsa_with_each_hash_holds_with_null_and_with_absent_parameters() {
    let key = our_rsa_key(&[&pkcs1(1), NULL]);
    let paddings: [(u8, &'static dyn RsaEncoding); 3] = [
        (11, &lc::RSA_PKCS1_SHA256),
        (12, &lc::RSA_PKCS1_SHA384),
        (13, &lc::RSA_PKCS1_SHA512),
    ];
    for (number, padding) in paddings {
        let signature = rsa_signature(padding);
        for (other, _) in paddings {
            let wanted = if other == number {
                Ok(())
            } else {
                Err(Reason::SignatureInvalid)
            };
            for parameters in [NULL, &[]] {
                let algorithm = sequence(&[&pkcs1(other), parameters]);
                assert_eq!(verify(&key, &algorithm, &signature), wanted);
            }
        }
        let odd = sequence(&[&pkcs1(number), &[4, 0]]);
        assert_eq!(
            verify(&key, &odd, &signature),
            Err(Reason::AlgorithmRefused)
        );
    }
}

#[test]
fn parameters_of_pss_must_go_together() {
    let key = our_rsa_key(&[&pkcs1(1), NULL]);
    let signature = rsa_signature(&lc::RSA_PSS_SHA256);
    assert_eq!(verify(&key, &pss(1, 1, &[32], &[]), &signature), Ok(()));
    let trailer = |number| wrapped(0xa3, &[2, 1, number]);
    assert_eq!(
        verify(&key, &pss(1, 1, &[32], &trailer(1)), &signature),
        Ok(())
    );
    for (algorithm, wanted) in [
        // A salt of another length than was made, the default one too.
        (pss(1, 1, &[20], &[]), Reason::SignatureInvalid),
        (pss(1, 1, &[], &[]), Reason::SignatureInvalid),
        (pss(2, 2, &[48], &[]), Reason::SignatureInvalid),
        (pss(1, 2, &[32], &[]), Reason::AlgorithmRefused),
        (pss(1, 1, &[4, 1], &[]), Reason::AlgorithmRefused),
        (pss(1, 1, &[0xff], &[]), Reason::AlgorithmRefused),
        (pss(1, 1, &[32], &trailer(2)), Reason::AlgorithmRefused),
        (pss(9, 9, &[32], &[]), Reason::AlgorithmRefused),
        // Everything by default is SHA-1.
        (
            sequence(&[&pkcs1(10), &[0x30, 0]]),
            Reason::AlgorithmRefused,
        ),
        (sequence(&[&pkcs1(10)]), Reason::AlgorithmRefused),
    ] {
        assert_eq!(verify(&key, &algorithm, &signature), Err(wanted));
    }
}

#[test]
fn a_key_for_pss_signs_nothing_else_and_within_its_parameters() {
    let signature = rsa_signature(&lc::RSA_PSS_SHA256);
    let asked = pss(1, 1, &[32], &[]);
    let open = our_rsa_key(&[&pkcs1(10)]);
    assert_eq!(verify(&open, &asked, &signature), Ok(()));
    let plain = sequence(&[&pkcs1(11), NULL]);
    let by_pkcs1 = rsa_signature(&lc::RSA_PKCS1_SHA256);
    assert_eq!(
        verify(&open, &plain, &by_pkcs1),
        Err(Reason::AlgorithmRefused)
    );
    let parameters = |algorithm: Vec<u8>| algorithm[2 + pkcs1(10).len()..].to_vec();
    let held = our_rsa_key(&[&pkcs1(10), &parameters(pss(1, 1, &[32], &[]))]);
    assert_eq!(verify(&held, &asked, &signature), Ok(()));
    let other = our_rsa_key(&[&pkcs1(10), &parameters(pss(2, 2, &[32], &[]))]);
    assert_eq!(
        verify(&other, &asked, &signature),
        Err(Reason::AlgorithmRefused)
    );
    let longer = our_rsa_key(&[&pkcs1(10), &parameters(pss(1, 1, &[33], &[]))]);
    assert_eq!(
        verify(&longer, &asked, &signature),
        Err(Reason::AlgorithmRefused)
    );
}

#[test]
fn ecdsa_holds_on_each_curve_with_the_hash_that_is_said() {
    let p256 = wrapped(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]);
    let p384 = wrapped(6, &[0x2b, 0x81, 4, 0, 34]);
    let p521 = wrapped(6, &[0x2b, 0x81, 4, 0, 35]);
    let ec = wrapped(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]);
    for (signing, curve, number) in [
        (&lc::ECDSA_P256_SHA256_ASN1_SIGNING, &p256, 2),
        (&lc::ECDSA_P384_SHA384_ASN1_SIGNING, &p384, 3),
        (&lc::ECDSA_P521_SHA256_ASN1_SIGNING, &p521, 2),
        (&lc::ECDSA_P521_SHA384_ASN1_SIGNING, &p521, 3),
        (&lc::ECDSA_P521_SHA512_ASN1_SIGNING, &p521, 4),
    ] {
        let pair = EcdsaKeyPair::generate(signing).unwrap();
        let point = pair.public_key().as_ref();
        let key = PublicKey::read(&spki(&[&ec, curve], point)).unwrap();
        let signature = pair.sign(&SystemRandom::new(), MESSAGE).unwrap();
        for other in 2..=4 {
            let wanted = if other == number {
                Ok(())
            } else {
                Err(Reason::SignatureInvalid)
            };
            assert_eq!(verify(&key, &ecdsa(other), signature.as_ref()), wanted);
        }
        let by_rsa = sequence(&[&pkcs1(11), NULL]);
        assert_eq!(
            verify(&key, &by_rsa, signature.as_ref()),
            Err(Reason::AlgorithmRefused)
        );
        let with_null = sequence(&[
            &wrapped(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, number]),
            NULL,
        ]);
        assert_eq!(
            verify(&key, &with_null, signature.as_ref()),
            Err(Reason::AlgorithmRefused)
        );
    }
}

#[test]
fn sha_1_is_refused_but_for_tests() {
    let key = our_rsa_key(&[&pkcs1(1), NULL]);
    let algorithm = sequence(&[&pkcs1(5), NULL]);
    let signed = Signed {
        octets: MESSAGE,
        algorithm: &algorithm,
        signature: &rsa_signature(&lc::RSA_PKCS1_SHA256),
        sha256: &OBJECT,
    };
    let with = |sha1_for_tests| {
        let policy = SignaturePolicy {
            sha1_for_tests,
            ..Default::default()
        };
        Signatures::new(policy, 100).verify(&key, &signed)
    };
    assert_eq!(with(false), Err(Reason::AlgorithmRefused));
    assert_eq!(with(true), Err(Reason::SignatureInvalid));
}

#[test]
fn there_is_one_rule_for_keys() {
    let modulus = |octets: usize, last: u8| {
        let mut modulus = vec![0xc1; octets + 1];
        modulus[0] = 0;
        modulus[octets] = last;
        modulus
    };
    let policy = SignaturePolicy::default();
    let ordinary = [1, 0, 1];
    let judge = |key: &PublicKey| key.judge(&policy).err();
    assert_eq!(judge(&rsa_key(&modulus(256, 1), &ordinary)), None);
    assert_eq!(judge(&rsa_key(&modulus(1024, 1), &[3])), None);
    assert_eq!(judge(&rsa_key(&modulus(256, 1), &[1, 0, 0, 0, 1])), None);
    for (key, wanted) in [
        (rsa_key(&modulus(255, 1), &ordinary), "shorter"),
        (rsa_key(&modulus(1025, 1), &ordinary), "longer than 8192"),
        (rsa_key(&modulus(256, 2), &ordinary), "modulus is even"),
        (rsa_key(&modulus(256, 1), &[1]), "even or 1"),
        (rsa_key(&modulus(256, 1), &[1, 0, 0]), "even or 1"),
        (
            rsa_key(&modulus(256, 1), &[2, 0, 0, 0, 1]),
            "longer than 33",
        ),
        (rsa_key(&modulus(256, 1), &[0x40; 200]), "even or 1"),
        (rsa_key(&[0x81; 256], &ordinary), "cannot be read"),
        (our_rsa_key(&[&pkcs1(1)]), "not NULL"),
        (our_rsa_key(&[&pkcs1(10), &[0x30, 0]]), "RSA-PSS"),
        // id-dsa.
        (
            our_rsa_key(&[&wrapped(6, &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1])]),
            "neither",
        ),
    ] {
        let rule = judge(&key);
        assert!(
            rule.is_some_and(|rule| rule.contains(wanted)),
            "{wanted}: {rule:?}"
        );
        let refused = verify(&key, &sequence(&[&pkcs1(11), NULL]), &[0; 256]);
        assert_eq!(refused, Err(Reason::KeyRefused));
    }
    let lower = SignaturePolicy {
        minimum_rsa_bits: 0,
        ..policy
    };
    assert!(rsa_key(&modulus(128, 1), &ordinary).judge(&lower).is_ok());
    assert!(rsa_key(&modulus(127, 1), &ordinary).judge(&lower).is_err());
    let ec = wrapped(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]);
    let p256 = wrapped(6, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]);
    let secp256k1 = wrapped(6, &[0x2b, 0x81, 4, 0, 10]);
    for (algorithm, point) in [
        ([&ec[..], &p256], vec![2; 33]),
        ([&ec, &p256], vec![4; 64]),
        ([&ec, &p256], [&[4][..], &[1; 64]].concat()),
        ([&ec, &p256], vec![0]),
        ([&ec, &secp256k1], vec![4; 65]),
        ([&ec, NULL], vec![4; 65]),
    ] {
        assert!(
            PublicKey::read(&spki(&algorithm, &point))
                .unwrap()
                .judge(&policy)
                .is_err()
        );
    }
    assert!(PublicKey::read(&[0x30, 0]).is_err());
}

#[test]
fn what_held_before_costs_nothing_and_what_did_not_is_tried_again() {
    let key = our_rsa_key(&[&pkcs1(1), NULL]);
    let algorithm = sequence(&[&pkcs1(11), NULL]);
    let signature = rsa_signature(&lc::RSA_PKCS1_SHA256);
    let cache = Arc::new(VerifiedCache::new(100));
    let mut signatures = Signatures::new(SignaturePolicy::default(), 2).with_cache(cache);
    let right = Signed {
        octets: MESSAGE,
        algorithm: &algorithm,
        signature: &signature,
        sha256: &OBJECT,
    };
    for _ in 0..3 {
        assert_eq!(signatures.verify(&key, &right), Ok(()));
        assert_eq!(signatures.left(), 1);
    }
    let wrong = Signed {
        signature: &[0; 256],
        sha256: &[8; 32],
        ..right
    };
    assert_eq!(
        signatures.verify(&key, &wrong),
        Err(Reason::SignatureInvalid)
    );
    assert_eq!(signatures.verify(&key, &wrong), Err(Reason::LimitReached));
}

#[test]
fn a_verification_costs_what_its_numbers_take() {
    let cost = |bits: usize, exponent: &[u8]| {
        let mut modulus = vec![0xFF; bits.div_ceil(8) + 1];
        modulus[0] = 0;
        modulus[1] >>= (8 - bits % 8) % 8;
        let sign = usize::from(!bits.is_multiple_of(8));
        rsa_key(&modulus[sign..], exponent).cost()
    };
    let usual = [1, 0, 1];
    assert_eq!(cost(2048, &usual), 1);
    assert_eq!(cost(2048, &[3]), 1);
    assert_eq!(cost(1024, &usual), 1);
    assert_eq!(cost(4096, &usual), 4);
    assert_eq!(cost(8192, &usual), 16);
    // Between them too, and however many bits the exponent has that are set.
    assert_eq!(cost(3071, &usual), 3);
    assert_eq!(cost(2048, &[1, 0xFF, 0xFF, 0xFF, 0xFF]), 4);
    assert_eq!(cost(8192, &[1, 0xFF, 0xFF, 0xFF, 0xFF]), 54);
}

#[test]
fn a_key_that_is_kept_ready_verifies_what_it_did_before_and_nothing_else() {
    let algorithm = sequence(&[&pkcs1(11), NULL]);
    let signature = rsa_signature(&lc::RSA_PKCS1_SHA256);
    let with_sha512 = rsa_signature(&lc::RSA_PKCS1_SHA512);
    let keys: Arc<KnownKeys> = Arc::default();
    let ask = |algorithm: &[u8], signature: &[u8]| {
        let signed = Signed {
            octets: MESSAGE,
            algorithm,
            signature,
            sha256: &OBJECT,
        };
        let mut signatures =
            Signatures::new(SignaturePolicy::default(), 1).with_keys(Arc::clone(&keys));
        // Read again, so nothing but `keys` remembers it.
        let answer = signatures.verify(&our_rsa_key(&[&pkcs1(1), NULL]), &signed);
        assert_eq!(signatures.left(), 0);
        answer
    };
    for _ in 0..2 {
        assert_eq!(ask(&algorithm, &signature), Ok(()));
        assert_eq!(ask(&algorithm, &[1; 256]), Err(Reason::SignatureInvalid));
        assert_eq!(ask(&algorithm, &with_sha512), Err(Reason::SignatureInvalid));
        assert_eq!(ask(&sequence(&[&pkcs1(13), NULL]), &with_sha512), Ok(()));
    }
}

#[test]
fn keys_on_curves_are_kept_ready_from_when_they_are_judged() {
    let keys: Arc<KnownKeys> = Arc::default();
    let signatures = Signatures::new(SignaturePolicy::default(), 0).with_keys(Arc::clone(&keys));
    let key = PublicKey::read(&crate::testing::Key::new().spki()).unwrap();
    assert_eq!(signatures.judge(&key), Ok(()));
    let known = keys.get_or_make(key.sha256(), Algorithm::Ecdsa(Hash::Sha256), || {
        panic!("it is made again")
    });
    assert!(known.is_some());
    // What is no key is not kept, and is refused each time.
    let mut off = key.spki().to_vec();
    *off.last_mut().unwrap() ^= 1;
    for _ in 0..2 {
        let off = PublicKey::read(&off).unwrap();
        assert_eq!(signatures.judge(&off), Err("the point is not on the curve"));
    }
}

/// Else thousands of them take a question's time, and the place of the keys that are used.
#[test]
fn keys_on_curves_are_not_made_ready_for_what_they_cannot_have_signed() {
    let keys: Arc<KnownKeys> = Arc::default();
    let mut signatures =
        Signatures::new(SignaturePolicy::default(), 3).with_keys(Arc::clone(&keys));
    let spki = crate::testing::Key::new().spki();
    let (rsa, ecdsa) = (sequence(&[&pkcs1(11), NULL]), &ECDSA_SHA256);
    let mut ask = |key: &PublicKey, algorithm: &[u8]| {
        let signed = Signed {
            octets: b"octets",
            algorithm,
            signature: &[1; 256],
            sha256: &sha256(b"the object"),
        };
        let answer = signatures.verify(key, &signed);
        (answer, signatures.left())
    };
    let read = |spki: &[u8]| PublicKey::read(spki).unwrap();
    assert_eq!(ask(&read(&spki), &rsa), (Err(Reason::AlgorithmRefused), 3));
    let place = Algorithm::Ecdsa(Hash::Sha256);
    assert!(keys.get_or_make(&sha256(&spki), place, || None).is_none());
    // A point that is on no curve costs what one that is costs, as long as it is not known.
    let mut off = spki;
    *off.last_mut().unwrap() ^= 1;
    let off = read(&off);
    for _ in 0..2 {
        assert_eq!(ask(&off, ecdsa), (Err(Reason::KeyRefused), 0));
    }
}

#[test]
fn a_signature_with_unused_bits_is_nobodys() {
    let object = |bits: &[u8]| sequence(&[&[0x30, 0], &[0x30, 0], &wrapped(3, bits)]);
    let whole = object(&[0, 1, 2]);
    assert_eq!(Envelope::read(&whole, "x").unwrap().signature, [1, 2]);
    for bits in [&[1, 2, 2][..], &[1, 2, 3], &[8, 2], &[]] {
        let read = object(bits);
        assert!(Envelope::read(&read, "x").unwrap().signature.is_empty());
    }
    assert!(Envelope::read(&sequence(&[&[0x30, 0], &[0x30, 0], &[4, 1, 0]]), "x").is_err());
}
