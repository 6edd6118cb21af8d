//! How far names are from an anchor.
//!
//! The number of paths in a mesh grows exponentially, the number of distances does not: a search
//! that knows them goes only where the anchor can still be reached in time.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::index::{Index, NameId};

/// As many anchors are remembered for a pool; the rest is worked out again.
const REMEMBERED: usize = 64;

/// For every name, how many certificates there are at least from the anchor to one of that subject,
/// by names alone. Key identifiers and signatures may only make it further.
///
/// And the share of each: the anchor has all, and everybody leaves what he has, in equal parts, to the
/// names that he certifies one step further from the anchor. However many names somebody makes up below
/// his own, they have no more than he.
///
/// Both are of names alone, before any signature is verified. Whoever makes certificates in an issuer's
/// name divides what that issuer leaves to others; and a name that he certifies nearer to the anchor than
/// its real issuer does has nothing of that issuer's any more.
pub(crate) struct Distances {
    of: Vec<u32>,
    shares: Vec<u64>,
}

/// What the anchor has.
pub(crate) const WHOLE: u64 = 1 << 62;

impl Distances {
    const NONE: u32 = u32::MAX;

    /// Nothing, when no chain of names reaches it.
    pub(crate) fn of(&self, name: NameId) -> Option<u32> {
        self.of
            .get(name.place())
            .copied()
            .filter(|distance| *distance != Self::NONE)
    }

    /// Its share of [`WHOLE`].
    pub(crate) fn share(&self, name: NameId) -> u64 {
        self.shares.get(name.place()).copied().unwrap_or_default()
    }

    fn measure(anchor: NameId, index: &Index) -> Self {
        let mut distances = vec![Self::NONE; index.names()];
        let mut shares = vec![0_u64; index.names()];
        distances[anchor.place()] = 0;
        shares[anchor.place()] = WHOLE;
        let mut ahead = VecDeque::from([anchor]);
        while let Some(issuer) = ahead.pop_front() {
            let next = distances[issuer.place()] + 1;
            let mut below = HashSet::new();
            for certificate in index.issued_by(issuer) {
                let subject = index.subject(*certificate);
                if distances[subject.place()] == Self::NONE {
                    distances[subject.place()] = next;
                    ahead.push_back(subject);
                }
                if distances[subject.place()] == next {
                    below.insert(subject);
                }
            }
            let part = shares[issuer.place()] / u64::try_from(below.len()).unwrap_or(1).max(1);
            for subject in below {
                let share = &mut shares[subject.place()];
                *share = share.saturating_add(part.max(1));
            }
        }
        Self {
            of: distances,
            shares,
        }
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
