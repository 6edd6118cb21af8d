//! How much is tried in vain before longer paths have their turn.
//!
//! Somebody may have made certificates in an authority's name that are said to stand nearer to an anchor
//! than its own. They are on shorter paths, and each has another key to be tried; so only some are, until
//! all lengths were walked, and the rest in the rounds after that. What was found out is not tried again.
//! A key whose hash the certificate names is none of those.
//!
//! Nor does somebody whom an authority certified hide paths with certificates of others' real keys, under
//! names or constraints by which every path through them is refused, however many he makes of however many
//! names: of one length as many paths are judged, and of these the first issuer of a certificate has half
//! of what that has, the next half of what is left. So whoever stands behind him has his turn.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::{End, Key, Node, Search, TOO_COSTLY};
use crate::discovery::limits::ROUNDS;

/// How many keys are tried in vain for a certificate among paths of one length, and how many of those paths
/// are refused, in each round but the last. No authority has had as many under one name.
const IN_VAIN: [usize; ROUNDS as usize - 1] = [8, 80];

/// A round that leaves something to the next has this part of what signatures may cost: the last has half.
const PART: u64 = 4;

/// One of the rounds. The first in which nothing is left to the next is the last. Each has all steps, as
/// each takes those of the one before again, and all paths; keys and paths that were tried are not tried
/// again.
#[derive(Default)]
pub(super) struct Round {
    most: usize,
    /// How many were, among paths of this length.
    in_vain: HashMap<Node, usize>,
    /// How many paths of this length were refused.
    refused: usize,
    pub(super) postponed: bool,
    /// Whether it may leave something to the next: where certificates have a name in common.
    pub(super) is_followed: bool,
    pub(super) most_steps: u32,
    /// A round that leaves something to the next has half of the steps.
    steps: u32,
    signatures_left: u64,
}

impl Round {
    /// How many paths of the next length may be refused.
    pub(super) fn next_length(&mut self) -> usize {
        self.in_vain.clear();
        self.refused = 0;
        self.most
    }

    /// Takes note of a path that was refused, and that counts.
    pub(super) fn refused(&mut self) {
        self.refused += 1;
    }

    /// Takes note of a key that was tried, and that did not sign it.
    pub(super) fn in_vain(&mut self, child: Node) {
        *self.in_vain.entry(child).or_default() += 1;
    }

    /// What an issuer may use up of what its certificate may, where others come after it.
    pub(super) fn share(&self, until: usize) -> usize {
        match until {
            usize::MAX => until,
            _ => self.refused + until.saturating_sub(self.refused).div_ceil(2),
        }
    }

    /// Whether it was used up: the rest is left to the next round.
    pub(super) fn has_used(&mut self, until: usize) -> bool {
        let used = self.refused >= until;
        self.postponed |= used;
        used
    }

    /// Nothing is left to another.
    pub(super) fn last(&mut self) {
        self.most = usize::MAX;
        self.postponed = false;
    }
}

impl Search<'_> {
    /// Walks to all paths of each length in turn, in rounds.
    pub(super) fn rounds(&mut self) -> Option<End> {
        let part = self.signatures.left() / PART;
        for most in IN_VAIN {
            let end = self.walked(most, part);
            let is_found = matches!(end, Some(End::Valid(..) | End::Hopeless));
            if is_found || !self.round.postponed {
                return end;
            }
        }
        self.walked(usize::MAX, part)
    }

    fn walked(&mut self, most: usize, part: u64) -> Option<End> {
        let (spent, steps) = (self.spent.steps, self.settings.limits.steps);
        self.paths_left = self.settings.limits.paths;
        self.round = Round {
            most,
            in_vain: HashMap::new(),
            refused: 0,
            postponed: false,
            is_followed: most != usize::MAX && self.index.has_namesakes(),
            most_steps: spent.saturating_add(steps),
            steps: spent.saturating_add(steps / 2),
            signatures_left: self.signatures.left().saturating_sub(part),
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

    /// Ends a round that had its part, where something waits for the next.
    pub(super) fn go_on(&self) -> ControlFlow<End> {
        let had = self.spent.steps >= self.round.steps
            || self.signatures.left() <= self.round.signatures_left;
        if self.round.postponed && had {
            return ControlFlow::Break(End::Limit(TOO_COSTLY));
        }
        ControlFlow::Continue(())
    }

    /// Whether the path was refused in a round before.
    pub(super) fn was_judged(&self, number: usize, nodes: &[Node]) -> bool {
        !self.judged.is_empty() && self.judged.contains(&(number, nodes.to_vec()))
    }
}
