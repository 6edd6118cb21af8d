//! How much each verifier was told, and nothing of what it asked (R5.2.2).
//!
//! One is counted for each status that an answer says, where the answer is handed to the connection:
//! for each certificate of an OCSP response (one that was signed before or that the verifier has
//! already, too), for a `Check`, for each row of a `CheckBatch` that says a status, for each message
//! of a `Watch`; of revocation lists, for each download that is begun. Refusals, and rows that say
//! nothing, are not counted.
//!
//! A count is of a verifier, an authority and a way, and only grows while the process lives. Which day
//! it belongs to says whoever reads it ([`Usage::take`]); [`keeping`] keeps it for the next start.

mod file;
pub mod keeping;

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use file::{Run, Snapshot};

use crate::clock::Micros;
use crate::quota::{Exceeded, Quota, Reserved, Unit};
use crate::registry::Way;

/// One count of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// Who.
    pub verifier: Arc<str>,
    /// About whose certificates.
    pub authority: Arc<str>,
    /// How.
    pub way: Way,
    /// How many, since the process began.
    pub total: u64,
}

/// What a verifier was told about an authority, in each way, and how much it may be told.
#[derive(Debug, Default)]
pub struct Meter {
    counts: [Count; 3],
    pub(crate) quota: Quota,
}

#[derive(Debug, Default)]
struct Count {
    total: AtomicU64,
    /// Up to where it was taken; whoever takes alone writes it.
    taken: AtomicU64,
}

impl Meter {
    /// So many statuses more.
    pub(crate) fn add(&self, way: Way, told: usize) {
        let [ocsp_http, lists, grpc] = &self.counts;
        let count = match way {
            Way::OcspHttp => ocsp_http,
            Way::Lists => lists,
            Way::Grpc => grpc,
        };
        // Nothing is read because of it: no order is needed.
        count.total.fetch_add(told as u64, Ordering::Relaxed);
    }

    /// Takes so many statuses, or downloads, for an answer that will tell them: all or none.
    pub(crate) fn reserve(
        &self,
        way: Way,
        wanted: usize,
        now: Micros,
    ) -> Result<Reserved, Exceeded> {
        self.quota.of(Unit::of(way)).reserve(wanted as u64, now)
    }

    /// So many more of what was reserved.
    pub(crate) fn tell(&self, way: Way, told: usize, reserved: Reserved) {
        self.add(way, told);
        reserved.told(told as u64);
    }

    fn each(&self) -> [(Way, &Count); 3] {
        let [ocsp_http, lists, grpc] = &self.counts;
        [
            (Way::OcspHttp, ocsp_http),
            (Way::Lists, lists),
            (Way::Grpc, grpc),
        ]
    }
}

type Meters = HashMap<Arc<str>, HashMap<Arc<str>, Arc<Meter>>>;

/// The meters there are, by verifier and authority. They outlive every registry: whoever is registered
/// again goes on with what it had.
#[derive(Debug, Default)]
pub struct Usage(Mutex<Meters>);

impl Usage {
    /// The one of a verifier and an authority. Not on the way of an answer over a connection, which
    /// has it with what was agreed.
    pub fn meter(&self, verifier: &str, authority: &str) -> Arc<Meter> {
        let mut meters = self.locked();
        let found = meters.get(verifier).and_then(|it| it.get(authority));
        if let Some(found) = found {
            return Arc::clone(found);
        }
        let of_verifier = meters.entry(Arc::from(verifier)).or_default();
        Arc::clone(of_verifier.entry(Arc::from(authority)).or_default())
    }

    /// Adds what somebody else told.
    pub fn add(&self, verifier: &str, authority: &str, way: Way, told: usize) {
        self.meter(verifier, authority).add(way, told);
    }

    /// What has grown since the last time. One thread at a time.
    pub fn take(&self) -> Vec<Told> {
        self.counts(|count, total| count.taken.swap(total, Ordering::Relaxed) != total)
    }

    /// All that is not nothing.
    #[must_use]
    pub fn all(&self) -> Vec<Told> {
        self.counts(|_, total| total > 0)
    }

    fn counts(&self, wanted: impl Fn(&Count, u64) -> bool) -> Vec<Told> {
        let mut found = Vec::new();
        for (verifier, authorities) in self.locked().iter() {
            for (authority, meter) in authorities {
                for (way, count) in meter.each() {
                    let total = count.total.load(Ordering::Relaxed);
                    if wanted(count, total) {
                        found.push(Told {
                            verifier: Arc::clone(verifier),
                            authority: Arc::clone(authority),
                            way,
                            total,
                        });
                    }
                }
            }
        }
        found
    }

    fn locked(&self) -> MutexGuard<'_, Meters> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
