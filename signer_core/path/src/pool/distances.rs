//! How far names are from an anchor.
//!
//! The number of paths in a mesh grows exponentially, the number of distances does not: a search
//! that knows them goes only where the anchor can still be reached in time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::index::{Index, NameId};

/// As many anchors are remembered for a pool; the rest is worked out again.
const REMEMBERED: usize = 64;

/// For every name, how many certificates there are at least from the anchor to one of that subject,
/// by names alone. Key identifiers and signatures may only make it further.
pub(crate) struct Distances(Vec<u32>);

impl Distances {
    const NONE: u32 = u32::MAX;

    /// Nothing, when no chain of names reaches it.
    pub(crate) fn of(&self, name: NameId) -> Option<u32> {
        self.0
            .get(name.place())
            .copied()
            .filter(|distance| *distance != Self::NONE)
    }

    fn measure(anchor: NameId, index: &Index) -> Self {
        let mut distances = vec![Self::NONE; index.names()];
        distances[anchor.place()] = 0;
        let mut ahead = VecDeque::from([anchor]);
        while let Some(issuer) = ahead.pop_front() {
            let next = distances[issuer.place()] + 1;
            for certificate in index.issued_by(issuer) {
                let subject = index.subject(*certificate);
                if distances[subject.place()] == Self::NONE {
                    distances[subject.place()] = next;
                    ahead.push_back(subject);
                }
            }
        }
        Self(distances)
    }
}

/// The distances from anchors that were asked about.
#[derive(Default)]
pub(super) struct Known(Mutex<HashMap<NameId, Arc<Distances>>>);

impl Known {
    pub(super) fn from(&self, anchor: NameId, index: &Index) -> Arc<Distances> {
        let known = |map: &HashMap<_, Arc<_>>| map.get(&anchor).map(Arc::clone);
        if let Some(distances) = known(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return distances;
        }
        // Other threads need not wait for it; two that measure come to the same.
        let distances = Arc::new(Distances::measure(anchor, index));
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() < REMEMBERED {
            map.insert(anchor, Arc::clone(&distances));
        }
        distances
    }
}
