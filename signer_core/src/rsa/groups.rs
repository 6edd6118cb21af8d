//! Which signatures are made together.

use super::signer::BatchSigner;

/// The fewest that are worth a group: its time is that of some three signatures made singly,
/// however many of its lanes are filled.
pub(super) const FEWEST: usize = 4;

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

/// Cuts a batch into pieces: groups of equal needs first, whatever is left over apart. Groups of
/// one kind differ by one message at most, so that a batch of nine is not cut into eight and one.
pub(super) fn pieces(signers: &[&dyn BatchSigner], lanes: usize) -> Vec<Piece> {
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
        if kind.len() < FEWEST {
            apart.extend(kind);
        } else {
            pieces.extend(evenly(&kind, lanes).map(|group| Piece::Together(group.to_vec())));
        }
    }
    pieces.extend(turns(apart, signers));
    pieces
}

/// As few groups of at most `most` as there can be, as alike in size as they can be.
fn evenly(places: &[usize], most: usize) -> impl Iterator<Item = &[usize]> {
    let groups = places.len().div_ceil(most);
    (0..groups).map(move |group| {
        let from = group * places.len() / groups;
        let to = (group + 1) * places.len() / groups;
        &places[from..to]
    })
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
