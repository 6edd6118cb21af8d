//! Beginnings of paths that were refused.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

/// Beginnings, from the anchor down. They are kept a step at a time, so that a path is looked up in one
/// walk along it, whatever lengths there are.
pub(super) struct Beginnings<A, N> {
    /// The place of each anchor, and of each step from a place.
    anchors: HashMap<A, usize>,
    steps: HashMap<(usize, N), usize>,
    /// Places where a beginning ends.
    refused: HashSet<usize>,
}

impl<A, N> Default for Beginnings<A, N> {
    fn default() -> Self {
        Self {
            anchors: HashMap::new(),
            steps: HashMap::new(),
            refused: HashSet::new(),
        }
    }
}

impl<A: Eq + Hash, N: Eq + Hash + Copy> Beginnings<A, N> {
    /// Takes note of a beginning of one certificate at least.
    pub(super) fn refuse(&mut self, anchor: A, nodes: &[N]) {
        let next = self.places();
        let mut place = *self.anchors.entry(anchor).or_insert(next);
        for node in nodes {
            let next = self.places();
            place = *self.steps.entry((place, *node)).or_insert(next);
        }
        self.refused.insert(place);
    }

    /// Whether the path begins like one of them and goes on.
    pub(super) fn begin(&self, anchor: &A, nodes: &[N]) -> bool {
        let Some((_, beginning)) = nodes.split_last() else {
            return false;
        };
        let Some(mut place) = self.anchors.get(anchor) else {
            return false;
        };
        for node in beginning {
            match self.steps.get(&(*place, *node)) {
                Some(next) => place = next,
                None => return false,
            }
            if self.refused.contains(place) {
                return true;
            }
        }
        false
    }

    fn places(&self) -> usize {
        self.anchors.len() + self.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_begins_like_one_that_was_refused_is_known() {
        let mut beginnings = Beginnings::default();
        beginnings.refuse(7, &[1, 2]);
        beginnings.refuse(7, &[1, 3, 4]);
        beginnings.refuse(8, &[5]);
        for (anchor, path, known) in [
            (7, &[1, 2, 9][..], true),
            (7, &[1, 2, 3, 4], true),
            (7, &[1, 3, 4, 9], true),
            (8, &[5, 1], true),
            // Itself is no beginning of it, and so much is common to others too.
            (7, &[1, 2], false),
            (7, &[1], false),
            (7, &[1, 3, 5], false),
            (7, &[2, 1, 9], false),
            (8, &[1, 2, 9], false),
            (9, &[1, 2, 9], false),
            (7, &[], false),
        ] {
            assert_eq!(beginnings.begin(&anchor, path), known, "{anchor} {path:?}");
        }
    }
}
