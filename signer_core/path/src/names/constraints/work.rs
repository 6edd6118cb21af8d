//! How much comparing one path may cost.

use crate::verdict::{Reason, Refusal};

/// What is left of the comparing that one path may cost. A unit is a look-up of up to 32 octets,
/// some tens of nanoseconds.
#[derive(Debug)]
pub(crate) struct Work(usize);

/// 2,048 names of four labels under 2,048 constraints take 12,288; seven authorities with 1,320
/// constraints each and 1,500 names, 52,500.
const ALLOWED: usize = 300_000;
const UNIT: usize = 32;

/// The rule of whatever would cost more.
pub(crate) const TOO_MUCH: &str = "nameConstraints: more comparisons than allowed";

impl Work {
    pub(crate) fn new() -> Self {
        Self(ALLOWED)
    }

    /// What it cost until now.
    pub(crate) fn spent(&self) -> usize {
        ALLOWED - self.0
    }

    pub(super) fn spend(&mut self, units: usize) -> Result<(), Refusal> {
        let left = self.0.checked_sub(units);
        self.0 = left.unwrap_or(0);
        let refusal = Refusal::new(Reason::LimitReached, TOO_MUCH);
        left.map(|_| ()).ok_or(refusal.of_path())
    }

    pub(super) fn look_up(&mut self, octets: usize) -> Result<(), Refusal> {
        self.spend(1 + octets / UNIT)
    }
}
