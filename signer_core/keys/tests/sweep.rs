//! Batches against AWS-LC alone, octet by octet, over as many random messages as one has time for:
//! `make rust-sweep`, `SWEEP_MESSAGES` says how many.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::Instant;

use aws_lc_rs::rand;
use formats::signing::Hash;
use keys::{Request, SoftwareKey, sign_requests};

const MESSAGES: usize = 1_000_000;
/// After so many messages all keys are new.
const RENEWAL: usize = 20_000;
/// Mostly RSA-2048; those come first.
const SIZES: [usize; 8] = [2048, 2048, 2048, 2048, 2048, 2048, 3072, 4096];
const HASHES: [Hash; 3] = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
const LARGEST: usize = 64;

fn random(length: usize) -> Vec<u8> {
    let mut octets = vec![0; length];
    rand::fill(&mut octets).unwrap();
    octets
}

fn generate(bits: usize) -> SoftwareKey {
    SoftwareKey::generate(bits).unwrap()
}

struct Draw {
    octets: std::vec::IntoIter<u8>,
}

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        let octet = loop {
            match self.octets.next() {
                Some(octet) => break octet,
                None => self.octets = random(4096).into_iter(),
            }
        };
        usize::from(octet) % bound
    }
}

/// A batch of so many messages: of one key, of keys of one size, or of any.
fn batch<'a>(
    size: usize,
    keys: &'a [SoftwareKey],
    messages: &'a [Vec<u8>],
    draw: &mut Draw,
) -> Vec<Request<'a>> {
    let bound = [
        1,
        SIZES.iter().filter(|bits| **bits == 2048).count(),
        keys.len(),
    ][draw.below(3)];
    let hash = HASHES[draw.below(HASHES.len())];
    let mixed = draw.below(2) == 0;
    let one = draw.below(keys.len());
    messages[..size]
        .iter()
        .map(|message| Request {
            signer: &keys[if bound == 1 { one } else { draw.below(bound) }],
            hash: if mixed {
                HASHES[draw.below(HASHES.len())]
            } else {
                hash
            },
            message: &message[..draw.below(message.len() + 1)],
        })
        .collect()
}

#[test]
#[ignore = "twenty minutes for a million messages"]
fn batches_are_what_aws_lc_makes_alone() {
    let number = std::env::var("SWEEP_MESSAGES").ok();
    let wanted: usize = number.map_or(MESSAGES, |number| number.parse().expect("SWEEP_MESSAGES"));
    let begin = Instant::now();
    let mut draw = Draw {
        octets: random(0).into_iter(),
    };
    let (mut done, mut keys_used, mut keys) = (0, 0, Vec::new());
    let (mut renewed, mut told, mut batches) = (usize::MAX, 0, 0);
    while done < wanted {
        if renewed >= RENEWAL {
            keys = SIZES.map(generate).into();
            keys_used += keys.len();
            renewed = 0;
        }
        let size = batches % LARGEST + 1;
        batches += 1;
        let messages: Vec<_> = (0..size).map(|_| random(100)).collect();
        let requests = batch(size, &keys, &messages, &mut draw);
        let signatures = sign_requests(&requests, None).unwrap();
        assert_eq!(signatures.len(), requests.len());
        for (request, signature) in requests.iter().zip(&signatures) {
            let digest = request.hash.digest(request.message);
            let alone = request.signer.sign_digests(&[digest]).unwrap();
            assert_eq!(alone[0], *signature, "message {done}, batch of {size}");
        }
        (done, renewed) = (done + size, renewed + size);
        if done / 10_000 > told {
            told = done / 10_000;
            eprintln!("{done} messages, {keys_used} keys, {:?}", begin.elapsed());
        }
    }
    eprintln!("{done} messages, {keys_used} keys: all alike");
}
