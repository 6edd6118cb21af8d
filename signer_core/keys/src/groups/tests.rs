use std::sync::LazyLock;

use formats::error::Result;
use formats::signing::Digest;

use super::*;
use crate::{SoftwareKey, VerifyingKey};

static KEYS: LazyLock<[SoftwareKey; 2]> =
    LazyLock::new(|| [2048, 3072].map(|bits| SoftwareKey::generate(bits).unwrap()));

/// A signer without lanes, such as a token.
struct Token;

impl BatchSigner for Token {
    fn verifying_key(&self) -> &VerifyingKey {
        KEYS[0].verifying_key()
    }

    fn turn(&self) -> usize {
        3
    }

    fn sign_digests(&self, digests: &[Digest]) -> Result<Vec<Vec<u8>>> {
        KEYS[0].sign_digests(digests)
    }
}

fn sizes_of(pieces: &[Piece]) -> Vec<(bool, usize)> {
    pieces
        .iter()
        .map(|piece| (matches!(piece, Piece::Together(_)), piece.places().len()))
        .collect()
}

fn assert_covers(pieces: &[Piece], count: usize) {
    let mut places: Vec<_> = pieces.iter().flat_map(Piece::places).copied().collect();
    places.sort_unstable();
    assert!(places.into_iter().eq(0..count));
}

#[test]
fn every_size_is_cut_into_what_is_soonest_made() {
    let cases: [(usize, usize, &[usize]); 14] = [
        (0, 1, &[]),
        (1, 1, &[1]),
        (2, 1, &[2]),
        (4, 1, &[4]),
        (5, 1, &[4, 1]),
        (6, 1, &[6]),
        (9, 1, &[8, 1]),
        (12, 1, &[8, 4]),
        (13, 1, &[8, 4, 1]),
        (2, 2, &[1, 1]),
        (5, 2, &[2, 3]),
        (8, 2, &[4, 4]),
        (9, 2, &[8, 1]),
        (3, 0, &[3]),
    ];
    for (count, workers, expected) in cases {
        assert_eq!(sizes(count, workers), expected, "{count} for {workers}");
    }
    for workers in 1..=9 {
        for count in 0..200 {
            let sizes = sizes(count, workers);
            assert_eq!(sizes.iter().sum::<usize>(), count);
            assert!(sizes.iter().all(|size| (1..=LANES).contains(size)));
        }
    }
}

#[test]
fn batches_of_one_key_go_into_the_lanes_except_single_ones() {
    if KEYS[0].private_numbers().is_none() {
        return;
    }
    for count in 0..=64 {
        let signers = vec![&KEYS[0] as &dyn BatchSigner; count];
        let pieces = pieces(&signers, 1);
        assert_covers(&pieces, count);
        for (together, size) in sizes_of(&pieces) {
            assert_eq!(together, size > 1, "{count}");
        }
    }
}

#[test]
fn key_sizes_do_not_mix_and_tokens_sign_in_turns() {
    let signers: Vec<&dyn BatchSigner> = (0..20)
        .map(|place| match place % 4 {
            0 => &KEYS[0] as &dyn BatchSigner,
            1 => &KEYS[1],
            _ => &Token,
        })
        .collect();
    let pieces = pieces(&signers, 1);
    assert_covers(&pieces, 20);
    if KEYS[0].private_numbers().is_some() {
        assert_eq!(sizes_of(&pieces)[..2], [(true, 4), (true, 4)]);
        assert!(
            sizes_of(&pieces)[2..]
                .iter()
                .all(|(together, size)| !together && *size <= 3)
        );
    }
}
