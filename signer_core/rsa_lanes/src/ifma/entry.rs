//! The way in, for groups that the lanes take.
#![allow(unsafe_code)]

use super::eight::{LANES, available};
use super::layout::spread;
use super::{LongNumber, PrivateNumbers, PublicNumbers, SingleNumbers, alone, private, public};
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

impl SingleNumbers {
    /// Whether the signature, raised to the power e, is the encoded message, which is as long as the
    /// modulus. A signature of another length, or that is not below the modulus, is none
    /// (RFC 8017 5.2.2).
    #[must_use]
    pub fn gives(&self, signature: &[u8], encoded: &[u8]) -> bool {
        let (Some(plain), Ok(encoded)) = (self.take(signature), encoded.try_into()) else {
            return false;
        };
        // SAFETY: there is no value of this type on a processor without the features.
        unsafe { self.power_is(&plain, encoded) }
    }
}

impl LongNumber {
    /// A number of 257 octets that is the same as this one modulo `modulus`, though not the least one.
    /// `None` as of [`SingleNumbers::new`].
    #[must_use]
    pub fn left_by(&self, modulus: &[u8]) -> Option<Vec<u8>> {
        // No power is asked for: any exponent will do.
        let numbers = SingleNumbers::new(modulus, &[3])?;
        // SAFETY: as of `SingleNumbers::gives`.
        Some(unsafe { self.left(&numbers) })
    }
}

/// Ends making numbers ready, which are of a processor that has the features.
pub(super) fn into_square(numbers: &mut SingleNumbers) {
    // SAFETY: as of `SingleNumbers::gives`.
    unsafe { numbers.make_square() }
}

/// Multiplies vectors and nothing else, for so many rounds; how many multiplies that were. `None`
/// without the features. What a processor makes of them in a second is the most that any signature
/// made of such multiplies can use: [`crate::MULTIPLIES`] each.
#[must_use]
pub fn multiply_alone(rounds: u64) -> Option<u64> {
    // SAFETY: the processor has the features.
    available().then(|| unsafe { alone::multiply(rounds) })
}

/// Whether the lanes take a group of so many: on a processor that can.
fn takes(count: usize) -> bool {
    (1..=LANES).contains(&count) && available()
}
