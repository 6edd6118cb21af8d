//! The way in, for groups that the lanes take.
#![allow(unsafe_code)]

use super::eight::{LANES, available};
use super::layout::spread;
use super::{PrivateNumbers, PublicNumbers, private, public};
use crate::BlindingError;
use crate::work::{Check, Job};

/// Signs one to eight encoded messages whose keys go with each other; unverified signatures, in
/// order. `None` without the features, for another number, and for keys that do not.
pub fn sign_group(jobs: &[Job<'_>]) -> Option<Result<Vec<Vec<u8>>, BlindingError>> {
    let first = jobs.first()?.key;
    if !takes(jobs.len())
        || !jobs
            .iter()
            .all(|job| PrivateNumbers::goes_with(first, job.key))
    {
        return None;
    }
    // SAFETY: `takes` made sure of the features.
    Some(unsafe { private::sign(jobs) })
}

/// Checks one to eight signatures whose keys go with each other; one answer each, in order.
/// `None` without the features, for another number, and for keys that do not.
pub fn verify_group(checks: &[Check<'_>]) -> Option<Vec<bool>> {
    let first = checks.first()?.key;
    let alike = |check: &Check<'_>| PublicNumbers::goes_with(first, check.key);
    if !takes(checks.len()) || !checks.iter().all(alike) {
        return None;
    }
    // SAFETY: `takes` made sure of the features.
    let answers = unsafe { public::verify(spread(&checks.iter().collect::<Vec<_>>())) };
    Some(answers.into_iter().take(checks.len()).collect())
}

/// Whether the lanes take a group of so many: on a processor that can.
fn takes(count: usize) -> bool {
    (1..=LANES).contains(&count) && available()
}
