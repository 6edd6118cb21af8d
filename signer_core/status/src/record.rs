//! What is kept of one certificate.

use std::num::NonZeroU16;

use formats::error::{Error, Result};

use super::base::Cohort;

/// Which of the authority's keys signed a certificate: 1 for its first, rising by one.
pub type Generation = NonZeroU16;

/// The answer to "does this certificate still hold?" (RFC 6960 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The authority never issued this number, or its validity ended long ago.
    Unknown,
    /// Issued and not revoked.
    Good,
    /// Revoked for good.
    Revoked {
        /// Why.
        reason: Reason,
        /// Seconds since 1970.
        at: i64,
    },
}

impl Status {
    /// [`Self::Good`] in a column. The numbers are the contract's `CertificateStatus`.
    pub const GOOD: u8 = 1;
    /// [`Self::Revoked`] in a column.
    pub const REVOKED: u8 = 2;
    /// [`Self::Unknown`] in a column.
    pub const UNKNOWN: u8 = 3;

    /// One octet for columns.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Good => Self::GOOD,
            Self::Revoked { .. } => Self::REVOKED,
            Self::Unknown => Self::UNKNOWN,
        }
    }
}

/// A `CRLReason` a certificate can be revoked for (RFC 5280 5.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason(u8);

impl Reason {
    /// Of a code that was looked at when it was written or read.
    #[inline]
    pub(super) fn known(code: u8) -> Self {
        Self(code)
    }

    /// The number RFC 5280 gives it.
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Reason {
    type Error = Error;

    /// # Errors
    /// `InvalidArgument` for 7, which is unused, 8 removeFromCRL, which takes a revocation back,
    /// and everything above 10.
    fn try_from(code: u8) -> Result<Self> {
        match code {
            0..=6 | 9 | 10 => Ok(Self(code)),
            _ => Err(Error::invalid(
                "reason",
                format!("{code} is not a reason to revoke for"),
            )),
        }
    }
}

/// Marks a record that is not revoked; no reason has this number.
const NOT_REVOKED: u8 = 0xff;

/// What is known of one certificate. Times are 32-bit seconds, which last until 2106: with wide ones
/// a nation would need more memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record {
    revoked_at: u32,
    not_after: u32,
    pub(super) generation: Generation,
    reason: u8,
}

impl Record {
    pub(super) fn good(generation: Generation, not_after: i64) -> Result<Self> {
        Ok(Self {
            revoked_at: 0,
            not_after: narrow("not_after", not_after)?,
            generation,
            reason: NOT_REVOKED,
        })
    }

    pub(super) fn revoked(
        generation: Generation,
        not_after: i64,
        reason: Reason,
        at: i64,
    ) -> Result<Self> {
        Ok(Self {
            revoked_at: narrow("revoked_at", at)?,
            not_after: narrow("not_after", not_after)?,
            generation,
            reason: reason.code(),
        })
    }

    /// As a base keeps it: of a revocation reason and time.
    pub(super) fn held(cohort: Cohort, revocation: Option<(Reason, u32)>) -> Self {
        let (reason, revoked_at) =
            revocation.map_or((NOT_REVOKED, 0), |(reason, at)| (reason.0, at));
        Self {
            revoked_at,
            not_after: cohort.not_after,
            generation: cohort.generation,
            reason,
        }
    }

    pub(super) fn cohort(&self) -> Cohort {
        Cohort {
            generation: self.generation,
            not_after: self.not_after,
        }
    }

    pub(super) fn revocation(&self) -> Option<(Reason, u32)> {
        (self.reason != NOT_REVOKED).then_some((Reason(self.reason), self.revoked_at))
    }

    pub(super) fn status(&self) -> Status {
        self.revocation()
            .map_or(Status::Good, |(reason, at)| Status::Revoked {
                reason,
                at: i64::from(at),
            })
    }

    /// Takes in later news of the same certificate. Whatever order events and replays come in, a
    /// revoked certificate stays revoked, and none is forgotten before the latest end it was given.
    pub(super) fn update(&mut self, news: Self) {
        let not_after = self.not_after.max(news.not_after);
        if news.reason != NOT_REVOKED {
            *self = news;
        }
        self.not_after = not_after;
    }

    /// Whether validity ended before this instant.
    pub(super) fn ended_before(&self, instant: i64) -> bool {
        i64::from(self.not_after) < instant
    }
}

fn narrow(field: &'static str, seconds: i64) -> Result<u32> {
    u32::try_from(seconds).map_err(|_| {
        Error::invalid(
            field,
            format!("{seconds} is outside the years 1970 to 2105"),
        )
    })
}
