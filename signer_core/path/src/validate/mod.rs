//! One candidate path, judged as RFC 5280 section 6.1 says.

mod revocation;

use crate::certificate::Certificate;
use crate::policies::{PathPolicy, PolicySets};
use crate::signature::Signatures;
use crate::verdict::{Evidence, Reason, Refusal};

pub use revocation::{Asked, Revocation};

/// What a valid path gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Validated {
    /// The resulting policy sets.
    pub policies: PolicySets,
    /// What said that they were not revoked, a place for each certificate of the path; empty when
    /// revocation was not asked about.
    pub evidence: Vec<Evidence>,
}

/// Judges one candidate path at a time.
///
/// `path` begins with the certificate that `anchor` issued and ends with the target; the anchor is
/// not in it. `at` is in seconds since 1970. Without `revocation` nothing is asked about it.
///
/// # Errors
/// The first rule that the path breaks, with the certificate's place in it.
pub fn validate_path(
    _anchor: &Certificate,
    _path: &[Certificate],
    _at: i64,
    _policy: &PathPolicy,
    _revocation: Option<&dyn Revocation>,
    _signatures: &mut Signatures,
) -> Result<Validated, Refusal> {
    Err(Refusal::new(Reason::NoPath, "nothing is validated yet"))
}
