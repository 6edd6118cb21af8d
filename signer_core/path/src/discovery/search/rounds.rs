//! How much is tried in vain before longer paths have their turn.
//!
//! Somebody may have made certificates in an authority's name that are said to stand nearer to an anchor
//! than its own. They are on shorter paths, and each has another key to be tried; so only some are, until
//! all lengths were walked, and the rest in the rounds after that. What was found out is not tried again.
//! A key whose hash the certificate names is tried whatever came before.
//!
//! Nor does somebody whom an authority certified do it with certificates of others' real keys, under names
//! or constraints by which every path through them is refused: of such paths as many are judged, of one
//! length, before the others have their turn, below a certificate with more issuers than that.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::issuers::Issuers;
use super::{End, Key, Node, Search, TOO_COSTLY};
use crate::discovery::limits::ROUNDS;

/// How many keys are tried in vain for a certificate among paths of one length, in each round but the
/// last. No authority has had as many under one name.
const IN_VAIN: [usize; ROUNDS as usize - 1] = [8, 80];

/// One of the rounds. The first in which nothing is left to the next is the last. Each has all steps, as
/// each takes those of the one before again; keys and paths that were tried are not tried again.
#[derive(Default)]
pub(super) struct Round {
    most: usize,
    /// How many were, among paths of this length.
    in_vain: HashMap<Node, usize>,
    /// How many paths of this length were refused on which it is.
    refused: HashMap<Node, usize>,
    postponed: bool,
    /// Whether it may leave something to the next: where there are as many of one name.
    pub(super) is_followed: bool,
    pub(super) most_steps: u32,
    /// A round that leaves something to the next has half of what there is.
    steps: u32,
    paths_left: u32,
    signatures_left: u64,
}

impl Round {
    pub(super) fn next_length(&mut self) {
        self.in_vain.clear();
        self.refused.clear();
    }

    /// Takes note of a path that was refused, and that counts.
    pub(super) fn refused(&mut self, nodes: &[Node]) {
        if self.is_followed {
            for node in nodes {
                *self.refused.entry(*node).or_default() += 1;
            }
        }
    }

    /// Takes note of a key that was tried, and that did not sign it.
    pub(super) fn in_vain(&mut self, child: Node) {
        *self.in_vain.entry(child).or_default() += 1;
    }
}

impl Search<'_> {
    /// Walks to all paths of each length in turn, in rounds.
    pub(super) fn rounds(&mut self) -> Option<End> {
        for most in IN_VAIN {
            let end = self.walked(most);
            let is_found = matches!(end, Some(End::Valid(..) | End::Hopeless));
            if is_found || !self.round.postponed {
                return end;
            }
        }
        self.walked(usize::MAX)
    }

    fn walked(&mut self, most: usize) -> Option<End> {
        let (spent, steps) = (self.spent.steps, self.settings.limits.steps);
        self.round = Round {
            most,
            in_vain: HashMap::new(),
            refused: HashMap::new(),
            postponed: false,
            is_followed: most < self.index.most_of_a_name(),
            most_steps: spent.saturating_add(steps),
            steps: spent.saturating_add(steps / 2),
            paths_left: self.paths_left / 2,
            signatures_left: self.signatures.left() / 2,
        };
        self.lengths()
    }

    /// Whether a key is left to the next round, as many were in vain.
    pub(super) fn postpones(&mut self, key: Key, child: Node) -> bool {
        let in_vain = self.round.in_vain.get(&child).copied().unwrap_or_default();
        let postponed = in_vain >= self.round.most && !self.edges.contains_key(&(key, child));
        self.round.postponed |= postponed;
        postponed
    }

    /// Whether the rest of a certificate's issuers is left to the next round, as many paths on which it is were
    /// refused.
    pub(super) fn postpones_paths(&mut self, child: Node, issuers: &Issuers) -> bool {
        if issuers.pooled.len() <= self.round.most || self.round.refused.is_empty() {
            return false;
        }
        let refused = self.round.refused.get(&child).copied().unwrap_or_default();
        let postponed = refused >= self.round.most;
        self.round.postponed |= postponed;
        postponed
    }

    /// Ends a round that had its half, where something waits for the next.
    pub(super) fn go_on(&self) -> ControlFlow<End> {
        let half = self.spent.steps >= self.round.steps
            || self.paths_left <= self.round.paths_left
            || self.signatures.left() <= self.round.signatures_left;
        if self.round.postponed && half {
            return ControlFlow::Break(End::Limit(TOO_COSTLY));
        }
        ControlFlow::Continue(())
    }

    /// Whether the path was refused in a round before.
    pub(super) fn was_judged(&self, number: usize, nodes: &[Node]) -> bool {
        !self.judged.is_empty() && self.judged.contains(&(number, nodes.to_vec()))
    }
}
