//! The two refusals of this room: of what was asked, and of what was built.

use crate::error::{Error, Result};

/// What was asked for can't be certified: an argument's field and the rule it breaks.
pub(super) fn refused(field: &'static str, rule: &'static str) -> Error {
    Error::invalid(field, rule)
}

/// Refuses what was asked unless the rule holds.
pub(super) fn require(field: &'static str, rule: &'static str, holds: bool) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(refused(field, rule))
    }
}

/// What was built does not say what was asked: the certificate's field and the rule it breaks.
#[cold]
pub(super) fn mismatch(field: &'static str, rule: &'static str) -> Error {
    Error::mismatch(field, rule)
}

/// Refuses what was built unless the rule holds.
#[inline]
pub(super) fn must(field: &'static str, rule: &'static str, holds: bool) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(mismatch(field, rule))
    }
}
