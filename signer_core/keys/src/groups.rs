//! Which signatures are made together.

use rsa_lanes::{LANES, PAIRS};

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

/// Cuts a batch into pieces for so many workers: groups of equal needs first, whatever is left over
/// apart.
pub(super) fn pieces(signers: &[&dyn BatchSigner], workers: usize) -> Vec<Piece> {
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
        let mut rest = &kind[..];
        for size in sizes(kind.len(), workers) {
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

/// The sizes of the groups that so many messages are soonest signed in. A signature made singly
/// takes two thirds of the time of [`PAIRS`] together, and those take half the time of [`LANES`].
fn sizes(count: usize, workers: usize) -> Vec<usize> {
    if count <= workers.max(1) * PAIRS {
        let groups = count.min(workers.max(1));
        let before = |group| group * count / groups;
        return (0..groups)
            .map(|group| before(group + 1) - before(group))
            .collect();
    }
    let mut sizes = vec![LANES; count / LANES];
    match count % LANES {
        0 => {}
        // One more than two lanes each: a group of all lanes would take longer.
        rest if rest == PAIRS + 1 => sizes.extend([PAIRS, 1]),
        rest => sizes.push(rest),
    }
    sizes
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
