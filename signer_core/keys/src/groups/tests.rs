use std::sync::LazyLock;

use formats::error::Result;
use formats::signing::Digest;

use super::*;
use crate::choice::{Choice, Costs};
use crate::{SoftwareKey, VerifyingKey};

/// Keys of every size gain from two on.
fn gaining(_: usize) -> Choice {
    Choice::of(Costs {
        single: 200,
        few: 280,
        all: 540,
    })
}

fn singly(_: usize) -> Choice {
    Choice::SINGLY
}

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
fn batches_of_one_key_go_into_the_lanes_except_single_ones() {
    if KEYS[0].private_numbers().is_none() {
        return;
    }
    for count in 0..=64 {
        let signers = vec![&KEYS[0] as &dyn BatchSigner; count];
        let grouped = pieces(&signers, 1, gaining);
        assert_covers(&grouped, count);
        for (together, size) in sizes_of(&grouped) {
            assert_eq!(together, size > 1, "{count}");
        }
        let apart = pieces(&signers, 1, singly);
        assert_covers(&apart, count);
        assert_eq!(sizes_of(&apart), vec![(false, 1); count]);
    }
}

/// It would have to be measured first, and whoever signs one has no use for it.
#[test]
fn what_groups_cost_is_not_asked_for_one() {
    let never = |_: usize| -> Choice { panic!("asked what a group costs") };
    let (one, other) = (&KEYS[0] as &dyn BatchSigner, &KEYS[1] as &dyn BatchSigner);
    assert_eq!(sizes_of(&pieces(&[one], 1, never)), [(false, 1)]);
    assert_covers(&pieces(&[one, &Token, other, &Token], 4, never), 4);
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
    let pieces = pieces(&signers, 1, gaining);
    assert_covers(&pieces, 20);
    if !rsa_lanes::testing::are_missing() {
        assert_eq!(sizes_of(&pieces)[..2], [(true, 4), (true, 4)]);
        assert!(
            sizes_of(&pieces)[2..]
                .iter()
                .all(|(together, size)| !together && *size <= 3)
        );
    }
}
