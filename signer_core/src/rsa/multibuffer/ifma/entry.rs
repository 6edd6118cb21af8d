//! The way in, for groups that the lanes take.
#![allow(unsafe_code)]

use super::eight::{LANES, available};
use super::layout::spread;
use super::{private, public};
use crate::error::Result;
use crate::rsa::multibuffer::work::{Check, Job};

/// Signs one to eight encoded messages whose keys go with each other; unverified signatures, in
/// order. `None` without the features, or for another number.
pub(in crate::rsa) fn sign_group(jobs: &[Job<'_>]) -> Option<Result<Vec<Vec<u8>>>> {
    if !takes(jobs.len()) {
        return None;
    }
    // SAFETY: `takes` made sure of the features.
    Some(unsafe { private::sign(jobs) })
}

/// Checks one to eight signatures whose keys go with each other; one answer each, in order.
/// `None` without the features, or for another number.
pub(in crate::rsa) fn verify_group(checks: &[Check<'_>]) -> Option<Vec<bool>> {
    if !takes(checks.len()) {
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
