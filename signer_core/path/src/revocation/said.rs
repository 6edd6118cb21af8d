//! What evidence of one kind says of a certificate, when none says that it was revoked.

use crate::verdict::{Evidence, Reason, Refusal};

/// What lists, or responses, say.
pub(super) enum Said {
    /// That it was not revoked.
    Good(Evidence),
    /// Nothing, with the most telling reason.
    Nothing(Refusal),
    /// That it was revoked, by whoever may, with a critical extension that is not processed here. By
    /// that alone no status may be determined (RFC 5280 5.2, 5.3); nor by what lacks it, for then
    /// the older or the more plain word would win.
    InDoubt(&'static str),
}

impl Said {
    /// What both kinds come to: what is in doubt by one of them is so, and one that is good suffices.
    pub(super) fn and(self, lists: Self) -> Result<Evidence, Refusal> {
        match (self, lists) {
            (Self::InDoubt(rule), _) | (_, Self::InDoubt(rule)) => {
                Err(Refusal::new(Reason::RevocationUnknown, rule))
            }
            (_, Self::Good(evidence)) | (Self::Good(evidence), _) => Ok(evidence),
            (Self::Nothing(_), Self::Nothing(refusal)) => Err(refusal),
        }
    }
}
