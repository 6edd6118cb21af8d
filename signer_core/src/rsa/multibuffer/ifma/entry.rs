//! The way in: asks the processor, fills the lanes.
#![allow(unsafe_code)]

use super::eight::LANES;
use super::{private, public};
use crate::error::Result;
use crate::rsa::multibuffer::work::{Check, Job};

/// Whether this processor has what the lanes need.
pub(in crate::rsa) fn available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")
}

/// Signs one to eight encoded messages whose keys go with each other; unverified signatures, in
/// order. `None` without the features, or for another number.
pub(in crate::rsa) fn sign_group(jobs: &[Job<'_>]) -> Option<Result<Vec<Vec<u8>>>> {
    let lanes = filled(jobs)?;
    // SAFETY: `filled` made sure of the features.
    let signed = unsafe { private::sign(lanes) };
    Some(signed.map(|signatures| signatures.into_iter().take(jobs.len()).collect()))
}

/// Checks one to eight signatures whose keys go with each other; one answer each, in order.
/// `None` without the features, or for another number.
pub(in crate::rsa) fn verify_group(checks: &[Check<'_>]) -> Option<Vec<bool>> {
    let lanes = filled(checks)?;
    // SAFETY: `filled` made sure of the features.
    let answers = unsafe { public::verify(lanes) };
    Some(answers.into_iter().take(checks.len()).collect())
}

/// Lanes without work of their own do the first one's again. Only on a processor that can.
fn filled<T>(work: &[T]) -> Option<[&T; LANES]> {
    let fits = (1..=LANES).contains(&work.len()) && available();
    fits.then(|| std::array::from_fn(|lane| work.get(lane).unwrap_or(&work[0])))
}
