use std::sync::LazyLock;

use super::*;
use crate::error::Result;
use crate::rsa::{Digest, SoftwareKey, VerifyingKey};

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

fn sizes(pieces: &[Piece]) -> Vec<(bool, usize)> {
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
fn batches_of_one_key_are_cut_evenly() {
    if KEYS[0].private_numbers().is_none() {
        return;
    }
    for count in 0..=64 {
        let signers = vec![&KEYS[0] as &dyn BatchSigner; count];
        let pieces = pieces(&signers, 8);
        assert_covers(&pieces, count);
        if count < FEWEST {
            assert!(sizes(&pieces).iter().all(|size| *size == (false, 1)));
        } else {
            assert_eq!(pieces.len(), count.div_ceil(8));
            assert!(
                sizes(&pieces)
                    .iter()
                    .all(|(together, size)| *together && *size >= 4)
            );
        }
    }
}

#[test]
fn sizes_do_not_mix_and_tokens_sign_in_turns() {
    let signers: Vec<&dyn BatchSigner> = (0..20)
        .map(|place| match place % 4 {
            0 => &KEYS[0] as &dyn BatchSigner,
            1 => &KEYS[1],
            _ => &Token,
        })
        .collect();
    let pieces = pieces(&signers, 8);
    assert_covers(&pieces, 20);
    if KEYS[0].private_numbers().is_some() {
        assert_eq!(sizes(&pieces)[..2], [(true, 5), (true, 5)]);
        assert!(
            sizes(&pieces)[2..]
                .iter()
                .all(|(together, size)| !together && *size <= 3)
        );
    }
}
