//! UTCTime elements put together from tables: ten million of them cost no calendar.

use crate::der::{Time, tag};

/// Octets of a UTCTime element up to its day: tag, length, `YYMMDD`.
pub(super) const UTC_DATE_LEN: usize = 8;

const SECONDS_PER_DAY: u32 = 86_400;
const FIRST_YEAR: usize = 1950;
/// Days from 1950 through 2049: a hundred years, 25 of them leap years.
const DAYS: usize = 36_525;

/// How a UTCTime element begins on each day. A list touches the few pages of its own years.
static BEGINNINGS: [[u8; UTC_DATE_LEN]; DAYS] = {
    let mut days = [[0; UTC_DATE_LEN]; DAYS];
    let (mut year, mut month, mut day) = (FIRST_YEAR, 1, 1);
    let mut at = 0;
    while at < DAYS {
        let (y, m, d) = (pair(year % 100), pair(month), pair(day));
        days[at] = [tag::UTC_TIME, 13, y[0], y[1], m[0], m[1], d[0], d[1]];
        at += 1;
        day += 1;
        if day > days_of(year, month) {
            day = 1;
            month += 1;
        }
        if month > 12 {
            month = 1;
            year += 1;
        }
    }
    days
};

/// `hhmm` of every minute of a day.
static MINUTES: [[u8; 4]; 1_440] = {
    let mut minutes = [[0; 4]; 1_440];
    let mut at = 0;
    while at < minutes.len() {
        let (h, m) = (pair(at / 60), pair(at % 60));
        minutes[at] = [h[0], h[1], m[0], m[1]];
        at += 1;
    }
    minutes
};

/// `ssZ` of every second of a minute, and an octet that is of no use.
static SECONDS: [[u8; 4]; 60] = {
    let mut seconds = [[0; 4]; 60];
    let mut at = 0;
    while at < seconds.len() {
        let s = pair(at);
        seconds[at] = [s[0], s[1], b'Z', 0];
        at += 1;
    }
    seconds
};

/// Every year that four divides is a leap year from 1950 through 2049.
const fn days_of(year: usize, month: usize) -> usize {
    match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The two digits of a number below 100.
const fn pair(number: usize) -> [u8; 2] {
    [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8]
}

/// An element of type UTCTime in parts, for an instant for which [`Time::is_utc`]: up to the day,
/// the minute, the second. Its last octet does not count.
#[inline]
pub(super) fn utc_time(
    seconds: i64,
) -> (
    &'static [u8; UTC_DATE_LEN],
    &'static [u8; 4],
    &'static [u8; 4],
) {
    // A hundred years of seconds are below 2^32: narrow numbers divide fast.
    let since = (seconds - Time::FIRST) as u32;
    let of_day = since % SECONDS_PER_DAY;
    (
        &BEGINNINGS[(since / SECONDS_PER_DAY) as usize],
        &MINUTES[(of_day / 60) as usize],
        &SECONDS[(of_day % 60) as usize],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_those_of_the_calendar() {
        let mut days = 0;
        // An hour, a minute and a second after the last: every time of day comes by.
        for seconds in (Time::FIRST..).step_by(3_661) {
            if !Time::is_utc(seconds) {
                break;
            }
            let (day, minute, second) = utc_time(seconds);
            let (tag, digits) = (day[0], [&day[2..], minute, &second[..3]].concat());
            let time = Time::from_unix(seconds).unwrap();
            assert_eq!((tag, &digits[..]), time.rfc5280(), "{seconds}");
            assert_eq!(usize::from(day[1]), digits.len());
            days += 1;
        }
        assert!(days > 20 * DAYS);
    }
}
