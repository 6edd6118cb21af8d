//! What one authority's feed told, and for how long it may be told on (RFC 6960 2.4, 4.2.2.1).
//!
//! The rules are those of `openjpki.domain.staleness`: a revocation is told for ever; good until
//! `max_staleness` after the moment it was known to be true; unknown for `freshness` only, as the
//! certificate may have been issued since.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use formats::der::SerialNumber;
use status::{Generation, Status, StatusIndex};

use crate::clock::{Micros, whole_second};
use crate::watchers::Watchers;

/// Where statuses are looked up.
pub trait Index: Send + Sync {
    /// Of the certificate that this generation of the authority's key signed.
    fn status(&self, serial: &SerialNumber, generation: Generation) -> Status;
    /// Of all that is in it: while it is the same, so is each status that was looked up after it was
    /// read. Other indexes have others.
    fn version(&self) -> u64;
    /// Of each number, big-endian, whichever generation signed it; of what no certificate's number is,
    /// unknown.
    fn statuses(&self, serials: &[&[u8]]) -> Vec<Status>;
}

impl Index for StatusIndex {
    fn status(&self, serial: &SerialNumber, generation: Generation) -> Status {
        self.lookup(serial, Some(generation))
    }

    fn version(&self) -> u64 {
        self.version()
    }

    fn statuses(&self, serials: &[&[u8]]) -> Vec<Status> {
        let number = |serial: &&[u8]| SerialNumber::from_unsigned(serial).ok();
        match serials {
            [serial] => {
                let found = number(serial).map(|serial| self.lookup(&serial, None));
                vec![found.unwrap_or(Status::Unknown)]
            }
            _ => self.lookup_batch(serials.iter().map(number)),
        }
    }
}

/// What the feed had told at one time. The index may hold later events, never fewer.
#[derive(Clone)]
pub struct Position {
    /// The statuses.
    pub index: Arc<dyn Index>,
    /// When the feed last said that this is all there is.
    pub heard: Instant,
    /// Until when everything that had happened is in the index.
    pub as_of: Micros,
    /// Up to where the feed was heard.
    pub sequence: u64,
}

/// For how long answers are given without word from the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// It is current for so long.
    pub freshness: Micros,
    /// It answers for so long.
    pub max_staleness: Micros,
}

/// One authority's status: the control plane writes, any number of threads read.
#[derive(Default)]
pub struct Authority {
    told: RwLock<(Option<Position>, Option<Bounds>)>,
    /// Who is told when a status changes.
    pub watchers: Watchers,
}

impl Authority {
    /// Takes in what the feed told.
    pub fn tell(&self, position: Option<Position>) {
        self.told.write().unwrap_or_else(PoisonError::into_inner).0 = position;
    }

    /// Takes in the bounds that its policy says.
    pub fn bound(&self, bounds: Bounds) {
        self.told.write().unwrap_or_else(PoisonError::into_inner).1 = Some(bounds);
    }

    /// What may be told at this moment of the clock; nothing before the first snapshot.
    #[must_use]
    pub fn known(&self, clock: Micros) -> Option<Known> {
        self.known_at(clock, Instant::now())
    }

    /// The same by two clocks that were looked at already.
    pub(crate) fn known_at(&self, clock: Micros, at: Instant) -> Option<Known> {
        let held = self.told.read().unwrap_or_else(PoisonError::into_inner);
        let (position, bounds) = (held.0.clone()?, held.1?);
        drop(held);
        let passed = at.saturating_duration_since(position.heard).as_micros();
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        // Should the clock have been set back meanwhile, the time that passed here counts.
        let now = clock.max(position.as_of.saturating_add(passed));
        Some(Known {
            index: position.index,
            bounds,
            clock,
            as_of: clock - (now - position.as_of),
            said: Said {
                sequence: position.sequence,
                as_of: position.as_of,
            },
        })
    }
}

/// What the feed said of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Position.
    pub sequence: u64,
    /// Until when all that had happened is known.
    pub as_of: Micros,
}

/// What may be told at one moment.
pub struct Known {
    index: Arc<dyn Index>,
    bounds: Bounds,
    clock: Micros,
    /// What answers say that they are true as of.
    pub as_of: Micros,
    /// What the feed said of itself.
    pub said: Said,
}

/// Why a status may not be told, as the catalogue of refusals names it.
pub type NotTold = &'static str;
/// Nothing new enough is known.
pub const NOT_READY: NotTold = "FEED_NOT_READY";

impl Known {
    /// The status, and nextUpdate of an answer made now: `lifetime` from now at most. `serial`: the
    /// content of a DER INTEGER.
    ///
    /// # Errors
    /// [`NotTold`].
    pub fn tell(
        &self,
        serial: &[u8],
        generation: Generation,
        lifetime: Micros,
    ) -> Result<(Status, Micros), NotTold> {
        let Some(number) = number(serial) else {
            // Nothing changes that it is no certificate's.
            return Ok((Status::Unknown, whole_second(self.clock) + lifetime));
        };
        self.told(self.index.status(&number, generation), lifetime)
    }

    /// The same of a status that was looked up already.
    ///
    /// # Errors
    /// [`NotTold`].
    pub fn told(&self, status: Status, lifetime: Micros) -> Result<(Status, Micros), NotTold> {
        self.may_tell(status)?;
        let stays = whole_second(self.clock) + lifetime;
        Ok(match status {
            Status::Revoked { .. } => (status, stays),
            Status::Good | Status::Unknown => (status, stays.min(self.end())),
        })
    }

    /// Of the index that is asked ([`Index::version`]).
    #[must_use]
    pub fn version(&self) -> u64 {
        self.index.version()
    }

    /// The status of each, whichever generation signed it. Not all may be told.
    #[must_use]
    pub fn statuses(&self, serials: &[&[u8]]) -> Vec<Status> {
        self.index.statuses(serials)
    }

    /// Whether a status may be told.
    ///
    /// # Errors
    /// [`NotTold`].
    pub fn may_tell(&self, status: Status) -> Result<(), NotTold> {
        match status {
            Status::Revoked { .. } => Ok(()),
            Status::Good if self.clock < self.end() => Ok(()),
            Status::Good => Err(NOT_READY),
            Status::Unknown if self.is_current() => Ok(()),
            Status::Unknown => Err("CERTIFICATE_NOT_HEARD_OF"),
        }
    }

    /// Whether it is what there is, and not only what there was.
    #[must_use]
    pub fn is_current(&self) -> bool {
        self.clock - self.as_of <= self.bounds.freshness && self.clock < self.end()
    }

    fn end(&self) -> Micros {
        whole_second(self.as_of) + self.bounds.max_staleness
    }
}

/// A number that a certificate can have (RFC 5280 4.1.2.2).
fn number(content: &[u8]) -> Option<SerialNumber> {
    if content.first().is_none_or(|first| *first >= 0x80) {
        return None;
    }
    SerialNumber::from_unsigned(content).ok()
}

#[cfg(test)]
mod tests;
