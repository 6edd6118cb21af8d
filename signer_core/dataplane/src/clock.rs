//! Time, passed in.

use std::time::{SystemTime, UNIX_EPOCH};

/// A moment, or a length of time, in microseconds; moments since 1970 UTC.
pub type Micros = i64;

/// A second.
pub const SECOND: Micros = 1_000_000;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Micros;
}

/// The operating system's.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Micros {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |it| i64::try_from(it.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The second that a moment lies in: times in answers have no fractions.
#[must_use]
pub fn whole_second(moment: Micros) -> Micros {
    moment - moment.rem_euclid(SECOND)
}

/// As times are written in answers.
#[must_use]
pub fn seconds(moment: Micros) -> i64 {
    moment.div_euclid(SECOND)
}
