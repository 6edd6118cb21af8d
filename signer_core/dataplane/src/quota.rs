//! How much a verifier may still be told about an authority, where an agreement bounds it (R4.3).
//!
//! What may be told is leased from the database, a part at a time, by whoever keeps [`Quotas`]; here
//! it is only used up. So all replicas together tell no more than was agreed, and no answer waits for
//! a database. What is not bounded costs one look at a flag.
//!
//! [`Bucket::reserve`] takes what an answer will tell before it is made; dropped, it gives back what
//! was not told.

use std::collections::HashMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::clock::{Micros, seconds};
use crate::registry::Way;
use crate::swap::Swap;
use crate::usage::{Meter, Usage};

/// Seconds after which to ask again where more may be leased in a moment.
const SOON: u32 = 2;
/// The most that anybody is told to wait: agreements change.
const LONGEST: i64 = 3600;
/// Seconds over which those who wait for the same moment are spread.
const SPREAD: u64 = 60;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Statuses, over OCSP and gRPC.
    Statuses,
    /// Downloads of revocation lists.
    Downloads,
}

impl Unit {
    /// What a way of asking counts as.
    #[must_use]
    pub fn of(way: Way) -> Self {
        match way {
            Way::OcspHttp | Way::Grpc => Self::Statuses,
            Way::Lists => Self::Downloads,
        }
    }

    /// By its name in agreements.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Statuses, Self::Downloads]
            .into_iter()
            .find(|it| it.name() == name)
    }

    /// What agreements call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Statuses => "statuses",
            Self::Downloads => "downloads",
        }
    }
}

/// Nothing more is told now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// Seconds after which to ask again.
    pub again: u32,
    /// How many may be told now all the same: fewer than were asked for at once.
    pub left: u64,
}

/// Taken for an answer, and given back as far as it was not told.
#[derive(Debug)]
#[must_use]
pub struct Reserved(Option<(Arc<AtomicU64>, u64)>);

impl Reserved {
    /// So much of it was told.
    pub(crate) fn told(mut self, told: u64) {
        if let Some((_, taken)) = &mut self.0 {
            *taken = taken.saturating_sub(told);
        }
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some((lease, taken)) = &self.0 {
            lease.fetch_add(*taken, Ordering::AcqRel);
        }
    }
}

/// What is leased of one unit.
pub(crate) struct Bucket {
    bounded: AtomicBool,
    /// What is left; another one for each day, so that nothing is given back to a day it is not of.
    lease: Swap<AtomicU64>,
    asked: AtomicU64,
    refused: AtomicU64,
    /// The most that was asked for at once and refused.
    needed: AtomicU64,
    /// At so much left, more is to be leased.
    low: AtomicU64,
    /// When there will be more; 0: in a moment.
    until: AtomicI64,
    /// Of whose it is: not all verifiers come in the same second.
    spread: AtomicU64,
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            bounded: AtomicBool::new(false),
            lease: Swap::new(AtomicU64::new(0)),
            asked: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            needed: AtomicU64::new(0),
            low: AtomicU64::new(0),
            until: AtomicI64::new(0),
            spread: AtomicU64::new(0),
        }
    }
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("bounded", &self.bounded)
            .finish_non_exhaustive()
    }
}

impl Bucket {
    /// All of it, or nothing.
    pub(crate) fn reserve(&self, wanted: u64, now: Micros) -> Result<Reserved, Exceeded> {
        if !self.bounded.load(Ordering::Acquire) {
            return Ok(Reserved(None));
        }
        self.asked.fetch_add(wanted, Ordering::Relaxed);
        let mut lease = self.lease.get();
        let left = loop {
            let less = |left: u64| left.checked_sub(wanted);
            let taken = lease.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
            let Err(left) = taken else {
                return Ok(Reserved(Some((lease, wanted))));
            };
            let newest = self.lease.get();
            if Arc::ptr_eq(&lease, &newest) {
                break left;
            }
            // Its day ended meanwhile.
            lease = newest;
        };
        if !self.bounded.load(Ordering::Acquire) {
            return Ok(Reserved(None));
        }
        self.needed.fetch_max(wanted, Ordering::Relaxed);
        let before = self.refused.fetch_add(1, Ordering::Relaxed);
        let again = self.again(now, before);
        Err(Exceeded { again, left })
    }

    fn again(&self, now: Micros, refused: u64) -> u32 {
        let until = self.until.load(Ordering::Relaxed);
        if until == 0 {
            return SOON;
        }
        let spread = self.spread.load(Ordering::Relaxed).wrapping_add(refused) % SPREAD;
        let spread = i64::try_from(spread).unwrap_or_default();
        let wait = seconds(until - now).clamp(0, LONGEST) + 1 + spread;
        u32::try_from(wait).unwrap_or(SOON)
    }

    /// Another lease of so much; what was left of the one before.
    fn open(&self, leased: u64) -> u64 {
        let before = self.lease.get();
        self.lease.put(AtomicU64::new(leased));
        self.bounded.store(true, Ordering::Release);
        before.swap(0, Ordering::AcqRel)
    }

    fn add(&self, leased: u64) {
        self.lease.get().fetch_add(leased, Ordering::AcqRel);
    }

    fn take_back(&self, most: u64) -> u64 {
        let less = |left: u64| Some(left - left.min(most));
        let left = self
            .lease
            .get()
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
        left.unwrap_or_default().min(most)
    }

    fn left(&self) -> u64 {
        self.lease.get().load(Ordering::Acquire)
    }
}

/// Of a verifier and an authority.
#[derive(Debug, Default)]
pub(crate) struct Quota([Bucket; 2]);

impl Quota {
    pub(crate) fn of(&self, unit: Unit) -> &Bucket {
        let Self([statuses, downloads]) = self;
        match unit {
            Unit::Statuses => statuses,
            Unit::Downloads => downloads,
        }
    }
}

/// A verifier, an authority, and what is counted.
pub type Of = (String, String, Unit);

/// What is left of a lease, and how much was asked for since the last look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Of which.
    pub of: Of,
    /// What is left.
    pub left: u64,
    /// What was asked for, also where it was refused.
    pub asked: u64,
    /// The most that was asked for at once and refused.
    pub needed: u64,
}

/// One that somebody else tells, given back where it is dropped untold.
#[derive(Debug)]
#[must_use]
pub struct Reservation {
    meter: Arc<Meter>,
    way: Way,
    reserved: Reserved,
}

impl Reservation {
    /// It is told, and counted.
    pub fn tell(self) {
        self.meter.tell(self.way, 1, self.reserved);
    }
}

/// Those that are bounded. One thread at a time leases.
pub struct Quotas {
    usage: Arc<Usage>,
    bounded: Mutex<HashMap<Of, Arc<Meter>>>,
    /// Refused of those that are bounded no more.
    refused: [AtomicU64; 2],
}

impl Quotas {
    /// Of nobody yet.
    #[must_use]
    pub fn new(usage: Arc<Usage>) -> Self {
        Self {
            usage,
            bounded: Mutex::default(),
            refused: Default::default(),
        }
    }

    /// Nothing is told from now on but what is leased.
    pub fn bound(&self, of: Of) {
        let meter = self.usage.meter(&of.0, &of.1);
        let bucket = meter.quota.of(of.2);
        bucket.until.store(0, Ordering::Relaxed);
        let mut hash = DefaultHasher::new();
        of.hash(&mut hash);
        bucket.spread.store(hash.finish(), Ordering::Relaxed);
        bucket.bounded.store(true, Ordering::Release);
        self.locked().insert(of, meter);
    }

    /// As much as is asked for; what was left.
    pub fn free(&self, of: &Of) -> u64 {
        let Some(meter) = self.locked().remove(of) else {
            return 0;
        };
        let bucket = meter.quota.of(of.2);
        bucket.bounded.store(false, Ordering::Release);
        let refused = bucket.refused.swap(0, Ordering::Relaxed);
        self.refused_of(of.2).fetch_add(refused, Ordering::Relaxed);
        bucket.take_back(u64::MAX)
    }

    /// A lease of another day; what was left of the one before, of which nothing is told any more.
    pub fn open(&self, of: &Of, leased: u64) -> u64 {
        self.with(of, |it| it.open(leased))
    }

    /// So much more.
    pub fn add(&self, of: &Of, leased: u64) {
        self.with(of, |it| it.add(leased));
    }

    /// Takes back at most so much of what is left; how much.
    pub fn take_back(&self, of: &Of, most: u64) -> u64 {
        self.with(of, |it| it.take_back(most))
    }

    /// At how much left more is to be leased, and when there will be more; 0: in a moment.
    pub fn expect(&self, of: &Of, low: u64, until: Micros) {
        self.with(of, |it| {
            it.low.store(low, Ordering::Relaxed);
            it.until.store(until, Ordering::Relaxed);
        });
    }

    /// Those that were asked for since they were looked at, and have little left.
    #[must_use]
    pub fn low(&self) -> Vec<Left> {
        self.looked(|bucket| {
            bucket.asked.load(Ordering::Relaxed) > 0
                && (bucket.left() <= bucket.low.load(Ordering::Relaxed)
                    || bucket.left() < bucket.needed.load(Ordering::Relaxed))
        })
    }

    /// All.
    #[must_use]
    pub fn all(&self) -> Vec<Left> {
        self.looked(|_| true)
    }

    /// How often somebody was refused since the last time: of statuses, of downloads.
    #[must_use]
    pub fn take_refused(&self) -> [u64; 2] {
        for (of, meter) in self.locked().iter() {
            let refused = meter.quota.of(of.2).refused.swap(0, Ordering::Relaxed);
            self.refused_of(of.2).fetch_add(refused, Ordering::Relaxed);
        }
        [Unit::Statuses, Unit::Downloads].map(|it| self.refused_of(it).swap(0, Ordering::Relaxed))
    }

    /// Takes one that somebody else will tell.
    ///
    /// # Errors
    /// [`Exceeded`].
    pub fn reserve(
        &self,
        (verifier, authority): (&str, &str),
        way: Way,
        now: Micros,
    ) -> Result<Reservation, Exceeded> {
        let meter = self.usage.meter(verifier, authority);
        let reserved = meter.reserve(way, 1, now)?;
        Ok(Reservation {
            meter,
            way,
            reserved,
        })
    }

    fn refused_of(&self, unit: Unit) -> &AtomicU64 {
        let [statuses, downloads] = &self.refused;
        match unit {
            Unit::Statuses => statuses,
            Unit::Downloads => downloads,
        }
    }

    fn looked(&self, wanted: impl Fn(&Bucket) -> bool) -> Vec<Left> {
        let mut found = Vec::new();
        for (of, meter) in self.locked().iter() {
            let bucket = meter.quota.of(of.2);
            if wanted(bucket) {
                found.push(Left {
                    of: of.clone(),
                    left: bucket.left(),
                    asked: bucket.asked.swap(0, Ordering::Relaxed),
                    needed: bucket.needed.swap(0, Ordering::Relaxed),
                });
            }
        }
        found
    }

    fn with<T: Default>(&self, of: &Of, work: impl FnOnce(&Bucket) -> T) -> T {
        let found = self.locked().get(of).map(Arc::clone);
        found.map_or_else(T::default, |meter| work(meter.quota.of(of.2)))
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<Of, Arc<Meter>>> {
        self.bounded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
