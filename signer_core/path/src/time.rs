//! Times as RFC 5280 4.1.2.5 writes them: in Greenwich time, with seconds, without fractions.

use asn1::{DateTime, SimpleAsn1Readable, UtcTime, X509GeneralizedTime};

use crate::Unreadable;
use crate::octets::Element;

pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;

/// Seconds since 1970 of a UTCTime or GeneralizedTime. Either type at any year: RFC 5280 tells
/// authorities which to write, and a reader that takes both loses nothing.
#[inline]
pub(crate) fn time(element: &Element<'_>) -> Result<i64, Unreadable> {
    let read = match element.tag {
        UTC_TIME => UtcTime::parse_data(element.content).map(|time| seconds(time.as_datetime())),
        GENERALIZED_TIME => {
            X509GeneralizedTime::parse_data(element.content).map(|time| seconds(time.as_datetime()))
        }
        _ => return Err(FAULT),
    };
    read.map_err(|_| FAULT)
}

const FAULT: Unreadable = Unreadable::new(
    "time",
    "must be a UTCTime or GeneralizedTime of RFC 5280 4.1.2.5",
);

fn seconds(time: &DateTime) -> i64 {
    let days = days(time.year().into(), time.month().into(), time.day().into());
    let in_day =
        (u32::from(time.hour()) * 60 + u32::from(time.minute())) * 60 + u32::from(time.second());
    days * 86_400 + i64::from(in_day)
}

/// Days since 1970 of a date of the proleptic Gregorian calendar, years counted from March so that
/// the leap day is the last of a year. They begin 400 years early, so that no number is negative:
/// a list has millions of times, and such divisions take a third.
fn days(year: u32, month: u32, day: u32) -> i64 {
    let year = year + 400 - u32::from(month <= 2);
    let month = (month + 9) % 12;
    let leap_days = year / 4 - year / 100 + year / 400;
    let days = year * 365 + leap_days + (month * 153 + 2) / 5 + day;
    i64::from(days) - 1 - 719_468 - 146_097
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octets::{Elements, wrapped};

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(1969, 12, 31), -1);
        assert_eq!(days(2000, 2, 29), 11_016);
        assert_eq!(days(2000, 3, 1), 11_017);
        assert_eq!(days(2100, 3, 1) - days(2100, 2, 28), 1);
        assert_eq!(days(9999, 12, 31), 2_932_896);
        assert_eq!(days(0, 3, 1), -719_468);
    }

    fn seconds_of(tag: u8, digits: &str) -> Option<i64> {
        let whole = wrapped(tag, digits.as_bytes());
        time(&Elements::new(&whole).next_element().unwrap()).ok()
    }

    #[test]
    fn times_are_seconds_since_1970() {
        assert_eq!(seconds_of(0x17, "700101000000Z"), Some(0));
        assert_eq!(seconds_of(0x18, "19700101000000Z"), Some(0));
        assert_eq!(seconds_of(0x17, "500101000000Z"), Some(-631_152_000));
        assert_eq!(seconds_of(0x17, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(seconds_of(0x18, "99991231235959Z"), Some(253_402_300_799));
        assert_eq!(seconds_of(0x17, "000229120000Z"), Some(951_825_600));
        assert_eq!(seconds_of(0x18, "00000101000000Z"), Some(-62_167_219_200));
    }

    #[test]
    fn what_is_no_time_of_rfc_5280_is_refused() {
        for digits in [
            "7001010000Z",
            "700101000000",
            "700101000000+0900",
            "701301000000Z",
            "700001000000Z",
            "700230000000Z",
            "010229000000Z",
            "700101240000Z",
            "700101006000Z",
            "700101000060Z",
            "7001010000 0Z",
            "",
        ] {
            assert_eq!(seconds_of(0x17, digits), None, "{digits}");
        }
        assert_eq!(seconds_of(0x18, "20250101000000.5Z"), None);
        assert_eq!(seconds_of(0x04, "700101000000Z"), None);
    }
}
