use std::sync::LazyLock;

use formats::signing::Digest;
use proptest::prelude::*;

use super::*;
use crate::choice::{Choice, Costs};
use crate::{SoftwareKey, VerifyingKey, sign, verify_batch};

/// Whatever it is that lanes cost here: what they make is tested.
fn gaining(_: usize) -> Choice {
    Choice::of(Costs {
        single: 200,
        few: 280,
        all: 540,
    })
}

static KEYS: LazyLock<[SoftwareKey; 3]> =
    LazyLock::new(|| [2048, 2048, 3072].map(|bits| SoftwareKey::generate(bits).unwrap()));

fn messages(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(|n| vec![7; n]).collect()
}

/// What AWS-LC alone makes of it.
fn singly(signer: &dyn BatchSigner, message: &[u8]) -> Vec<u8> {
    sign(signer, Hash::Sha256, message).unwrap()
}

#[test]
fn batches_of_every_size_keep_their_order_on_any_number_of_threads() {
    let messages = messages(64);
    let expected: Vec<_> = messages
        .iter()
        .map(|message| singly(&KEYS[0], message))
        .collect();
    for count in 0..=messages.len() {
        let batch = sign_batch(&KEYS[0], Hash::Sha256, &messages[..count], Some(1)).unwrap();
        assert_eq!(batch, expected[..count], "{count}");
    }
    for threads in [None, Some(2), Some(64)] {
        let batch = sign_batch(&KEYS[0], Hash::Sha256, &messages, threads).unwrap();
        assert_eq!(batch, expected, "{threads:?}");
    }
    let request = |message| Request {
        signer: &KEYS[0],
        hash: Hash::Sha256,
        message,
    };
    let requests: Vec<_> = messages.iter().map(Vec::as_slice).map(request).collect();
    for count in 4..=messages.len() {
        let together = sign_as_chosen(&requests[..count], Some(1), gaining).unwrap();
        assert_eq!(together, expected[..count], "{count}");
    }
}

#[test]
fn zero_threads_are_refused() {
    let refused = sign_batch(&KEYS[0], Hash::Sha256, &messages(1), Some(0));
    assert_eq!(
        refused,
        Err(Error::invalid("threads", "must be at least 1"))
    );
}

#[test]
fn verify_batch_names_the_bad_ones() {
    let messages = messages(21);
    let mut signatures = sign_batch(&KEYS[0], Hash::Sha384, &messages, None).unwrap();
    signatures[3][0] ^= 1;
    signatures[9].truncate(255);
    signatures.swap(15, 16);
    let key = KEYS[0].verifying_key();
    let answers = verify_batch(key, Hash::Sha384, &messages, &signatures).unwrap();
    let good: Vec<_> = (0..21).map(|n| ![3, 9, 15, 16].contains(&n)).collect();
    assert_eq!(answers, good);
    let other_hash = verify_batch(key, Hash::Sha256, &messages, &signatures).unwrap();
    assert_eq!(other_hash, [false; 21]);
    assert!(verify_batch(key, Hash::Sha384, &messages, &signatures[1..]).is_err());
}

/// Whichever way they are checked: sizes that pay in the lanes and sizes that do not.
#[test]
fn any_number_of_signatures_is_judged_as_each_alone() {
    let key = KEYS[0].verifying_key();
    let messages = messages(12);
    let mut signatures = sign_batch(&KEYS[0], Hash::Sha256, &messages, None).unwrap();
    for signature in signatures.iter_mut().step_by(3) {
        signature[7] ^= 1;
    }
    let good: Vec<_> = (0..12).map(|n| n % 3 != 0).collect();
    for count in 0..=12 {
        let (messages, signatures) = (&messages[..count], &signatures[..count]);
        let answers = verify_batch(key, Hash::Sha256, messages, signatures).unwrap();
        assert_eq!(answers, good[..count], "{count}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Keys of two sizes and three hashes in any mixture: what each would be alone.
    #[test]
    fn mixed_batches_are_what_each_request_would_be_alone(
        mixture in prop::collection::vec((0..KEYS.len(), 0..3_usize, any::<[u8; 9]>()), 0..40)
    ) {
        let hashes = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
        let requests: Vec<_> = mixture
            .iter()
            .map(|(key, hash, message)| Request {
                signer: &KEYS[*key],
                hash: hashes[*hash],
                message,
            })
            .collect();
        let expected: Vec<_> = requests
            .iter()
            .map(|request| sign(request.signer, request.hash, request.message).unwrap())
            .collect();
        prop_assert_eq!(sign_as_chosen(&requests, None, gaining).unwrap(), expected);
    }
}

type Spoil = fn(&VerifyingKey, &mut Vec<Vec<u8>>);

/// Hands out signatures of a real key, except where something went wrong.
struct Faulty {
    key: SoftwareKey,
    spoil: Spoil,
}

impl BatchSigner for Faulty {
    fn verifying_key(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }

    fn turn(&self) -> usize {
        5
    }

    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
        let mut signatures = self.key.sign_digests(digests)?;
        (self.spoil)(self.verifying_key(), &mut signatures);
        Ok(signatures)
    }
}

#[test]
fn faults_of_a_signer_are_refused() {
    let faults: [Spoil; 8] = [
        |_, signatures| signatures[2][100] ^= 1,
        |_, signatures| signatures.swap(0, 4),
        |_, signatures| signatures[1] = signatures[3].clone(),
        |_, signatures| signatures.truncate(4),
        |_, signatures| signatures.push(signatures[0].clone()),
        |_, signatures| signatures[0].insert(0, 0),
        |_, signatures| signatures[0].fill(0xff),
        |key, signatures| signatures[4] = key.modulus().to_vec(),
    ];
    let messages = messages(10);
    for (number, spoil) in faults.into_iter().enumerate() {
        let key = SoftwareKey::generate(2048).unwrap();
        let faulty = Faulty { key, spoil };
        for threads in [Some(1), None] {
            let refused = sign_batch(&faulty, Hash::Sha256, &messages, threads);
            assert_eq!(refused, Err(Error::signature_check_failed()), "{number}");
        }
    }
    let key = SoftwareKey::generate(2048).unwrap();
    let sound = Faulty {
        key,
        spoil: |_, _| {},
    };
    assert!(sign_batch(&sound, Hash::Sha256, &messages, None).is_ok());
}

/// The public half of one key, the private numbers of another: every group goes wrong.
struct Mismatched;

impl BatchSigner for Mismatched {
    fn verifying_key(&self) -> &VerifyingKey {
        KEYS[0].verifying_key()
    }

    fn private_numbers(&self) -> Option<&crate::PrivateNumbers> {
        KEYS[1].private_numbers()
    }

    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
        KEYS[0].sign_digests(digests)
    }
}

#[test]
fn a_group_with_one_fault_releases_nothing() {
    let messages = messages(8);
    let request = |(place, message)| Request {
        signer: if place == 5 {
            &Mismatched
        } else {
            &KEYS[0] as &dyn BatchSigner
        },
        hash: Hash::Sha256,
        message,
    };
    let requests: Vec<_> = messages
        .iter()
        .map(Vec::as_slice)
        .enumerate()
        .map(request)
        .collect();
    let outcome = sign_as_chosen(&requests, Some(1), gaining);
    if KEYS[1].private_numbers().is_some() {
        assert_eq!(outcome, Err(Error::signature_check_failed()));
    } else {
        assert!(outcome.is_ok(), "no lanes, no group");
    }
}
