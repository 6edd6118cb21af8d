//! What a search answers with.

use crate::certificate::Certificate;
use crate::validate::Validated;
use crate::verdict::Refusal;

/// The outcome for one target.
#[derive(Clone)]
pub struct Verdict {
    /// The anchor of `path`.
    pub anchor: Option<Certificate>,
    /// From the certificate that the anchor issued to the target: the valid path, else the refused
    /// one that came closest. Empty when none reached an anchor, and when the target is the anchor
    /// itself and another key signed it.
    pub path: Vec<Certificate>,
    /// Policy sets and evidence of the valid path, or why there is none: the refusal of `path`,
    /// `NoPath` or `LimitReached`.
    pub outcome: Result<Validated, Refusal>,
    /// What it cost.
    pub spent: Spent,
}

/// What a search cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Candidates looked at, in all rounds.
    pub steps: u32,
    /// What signatures cost, counted as in [`super::Limits`].
    pub signatures: u64,
    /// Complete paths judged, in all rounds. Not those that ended at a certificate of another key, or that
    /// is refused on every path, or at an anchor that is: anybody makes such certificates, none is met
    /// twice, and what they cost is in `signatures`.
    pub paths: u32,
}
