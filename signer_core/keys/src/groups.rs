//! Which signatures are made together.

use super::choice::Choices;
use super::signer::BatchSigner;

/// The places of a batch that are signed in one go.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Up to eight, in the lanes of a vector.
    Together(Vec<usize>),
    /// One after the other by one signer.
    Apart(Vec<usize>),
}

impl Piece {
    pub(super) fn places(&self) -> &[usize] {
        match self {
            Self::Together(places) | Self::Apart(places) => places,
        }
    }
}

/// Cuts a batch into pieces for so many workers: groups of equal needs first, in the sizes chosen for
/// keys of theirs; whatever is left over apart.
pub(super) fn pieces(signers: &[&dyn BatchSigner], workers: usize, choices: Choices) -> Vec<Piece> {
    let mut kinds: Vec<Vec<usize>> = Vec::new();
    let mut apart = Vec::new();
    for (place, signer) in signers.iter().enumerate() {
        let Some(numbers) = signer.private_numbers() else {
            apart.push(place);
            continue;
        };
        let alike = kinds.iter_mut().find(|kind| {
            let first = kind
                .first()
                .and_then(|first| signers[*first].private_numbers());
            first.is_some_and(|first| first.goes_with(numbers))
        });
        match alike {
            Some(kind) => kind.push(place),
            None => kinds.push(vec![place]),
        }
    }
    let mut pieces = Vec::new();
    for kind in kinds {
        // Whoever signs one has no use for what groups cost, and must not wait until it is measured.
        let [first, _, ..] = kind[..] else {
            apart.extend(kind);
            continue;
        };
        let choice = choices(signers[first].verifying_key().bits());
        let mut rest = &kind[..];
        for size in choice.spread(kind.len(), workers) {
            let (group, others) = rest.split_at(size);
            match group {
                [alone] => apart.push(*alone),
                _ => pieces.push(Piece::Together(group.to_vec())),
            }
            rest = others;
        }
    }
    pieces.extend(turns(apart, signers));
    pieces
}

/// Places in a row that belong to one signer, as many as it takes in a turn.
fn turns(places: Vec<usize>, signers: &[&dyn BatchSigner]) -> Vec<Piece> {
    let same = |a: usize, b: usize| std::ptr::addr_eq(signers[a], signers[b]);
    places
        .chunk_by(|a, b| same(*a, *b))
        .flat_map(|run| run.chunks(signers[run[0]].turn().max(1)))
        .map(|turn| Piece::Apart(turn.to_vec()))
        .collect()
}

#[cfg(test)]
mod tests;
