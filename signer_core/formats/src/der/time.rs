//! Seconds since 1970 to the two ASN.1 time types of certificates and lists.

use super::tag;
use crate::error::{Error, Result};

/// Octets of a whole UTCTime element, header included.
pub const UTC_TIME_LEN: usize = 15;
/// Octets of a whole GeneralizedTime element, header included.
pub const GENERALIZED_TIME_LEN: usize = 17;

const SECONDS_PER_DAY: u64 = 86_400;
/// 0000-03-01T00:00:00Z.
const MARCH_0000: i64 = -719_468 * 86_400;
/// 2050-01-01T00:00:00Z, from where RFC 5280 4.1.2.5 asks for GeneralizedTime.
const GENERALIZED_FROM: i64 = 2_524_608_000;
/// 9999-12-31T23:59:59Z, the last instant either type can name.
const LAST: i64 = 253_402_300_799;

/// One instant as calendar digits, `YYYYMMDDhhmmssZ`, ready to be written in either type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    digits: [u8; 15],
    generalized: bool,
}

impl Time {
    /// 1950-01-01T00:00:00Z, the first instant UTCTime can name (RFC 5280 4.1.2.5.1).
    pub(crate) const FIRST: i64 = -631_152_000;

    /// Takes seconds since 1970-01-01T00:00:00Z, from 1950 through 9999.
    ///
    /// # Errors
    /// `InvalidArgument` outside those years.
    pub fn from_unix(seconds: i64) -> Result<Self> {
        in_range(seconds)?;
        // From here on everything is unsigned 32-bit: a list of a million entries turns as many
        // instants into digits, and narrow division by constants is what that costs.
        let since_march_0000 = (seconds - MARCH_0000).unsigned_abs();
        let days = u32::try_from(since_march_0000 / SECONDS_PER_DAY).unwrap_or(u32::MAX);
        let of_day = u32::try_from(since_march_0000 % SECONDS_PER_DAY).unwrap_or(u32::MAX);
        let (year, month, day) = civil(days);
        let mut digits = [b'Z'; 15];
        let pairs = [
            year / 100,
            year % 100,
            month,
            day,
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60,
        ];
        for (place, pair) in digits.chunks_exact_mut(2).zip(pairs) {
            // Every pair is 0..=99, so each low octet is one digit.
            place[0] = b'0' + (pair / 10).to_le_bytes()[0];
            place[1] = b'0' + (pair % 10).to_le_bytes()[0];
        }
        Ok(Self {
            digits,
            generalized: !Self::is_utc(seconds),
        })
    }

    /// The tag and content RFC 5280 4.1.2.5 asks for: UTCTime through 2049, else GeneralizedTime.
    #[must_use]
    pub fn rfc5280(&self) -> (u8, &[u8]) {
        if self.generalized {
            (tag::GENERALIZED_TIME, &self.digits)
        } else {
            (tag::UTC_TIME, &self.digits[2..])
        }
    }

    /// Content of a GeneralizedTime, which OCSP uses for every date (RFC 6960 4.2.2.1).
    #[must_use]
    pub fn generalized(&self) -> &[u8; 15] {
        &self.digits
    }

    /// Octets of the whole element RFC 5280 4.1.2.5 asks for at this instant, found without
    /// working out the date: what sizing a long list needs.
    ///
    /// # Errors
    /// As [`Self::from_unix`].
    #[inline]
    pub fn rfc5280_len(seconds: i64) -> Result<usize> {
        in_range(seconds)?;
        Ok(if Self::is_utc(seconds) {
            UTC_TIME_LEN
        } else {
            GENERALIZED_TIME_LEN
        })
    }

    /// Whether RFC 5280 4.1.2.5 asks for UTCTime at this instant: from 1950 through 2049.
    #[inline]
    #[must_use]
    pub fn is_utc(seconds: i64) -> bool {
        // One comparison without a branch: what is before the first instant wraps to above all.
        seconds.wrapping_sub(Self::FIRST).cast_unsigned() < GENERALIZED_FROM.abs_diff(Self::FIRST)
    }
}

fn in_range(seconds: i64) -> Result<()> {
    if (Time::FIRST..=LAST).contains(&seconds) {
        Ok(())
    } else {
        Err(Error::invalid(
            "time",
            format!("{seconds} is outside the years 1950 to 9999"),
        ))
    }
}

/// Year, month, day of a day number counted from 1 March of the year 0, proleptic Gregorian.
///
/// Years are counted from March so that the leap day is the last of a year; 146,097 days make the
/// 400-year cycle.
fn civil(days: u32) -> (u32, u32, u32) {
    let cycle = days / 146_097;
    let day_of_cycle = days % 146_097;
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524
        - day_of_cycle / 146_096)
        / 365;
    let day_of_year =
        day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = cycle * 400 + year_of_cycle + u32::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::Encode;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn every_day_from_1970_through_2105_agrees_with_the_der_crate() {
        for day in 0..49_600_u64 {
            let seconds = day * 86_400 + day * 37 % 86_400;
            let theirs =
                der::DateTime::from_system_time(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
            let theirs = der::asn1::GeneralizedTime::from_date_time(theirs)
                .to_der()
                .unwrap();
            let ours = Time::from_unix(i64::try_from(seconds).unwrap()).unwrap();
            assert_eq!(ours.generalized()[..], theirs[2..], "day {day}");
        }
    }

    #[test]
    fn utc_time_ends_with_2049() {
        let last = Time::from_unix(GENERALIZED_FROM - 1).unwrap();
        assert_eq!(last.rfc5280(), (tag::UTC_TIME, &b"491231235959Z"[..]));
        let next = Time::from_unix(GENERALIZED_FROM).unwrap();
        assert_eq!(
            next.rfc5280(),
            (tag::GENERALIZED_TIME, &b"20500101000000Z"[..])
        );
    }

    #[test]
    fn the_first_and_last_instants_are_the_only_limits() {
        let first = Time::from_unix(Time::FIRST).unwrap();
        assert_eq!(first.generalized(), b"19500101000000Z");
        assert_eq!(
            Time::from_unix(LAST).unwrap().generalized(),
            b"99991231235959Z"
        );
        assert!(Time::from_unix(Time::FIRST - 1).is_err());
        assert!(Time::from_unix(LAST + 1).is_err());
        assert!(Time::from_unix(i64::MIN).is_err());
        assert!(Time::from_unix(i64::MAX).is_err());
        for (seconds, utc) in [
            (i64::MIN, false),
            (Time::FIRST - 1, false),
            (Time::FIRST, true),
            (0, true),
            (GENERALIZED_FROM - 1, true),
            (GENERALIZED_FROM, false),
            (i64::MAX, false),
        ] {
            assert_eq!(Time::is_utc(seconds), utc, "{seconds}");
        }
    }
}
