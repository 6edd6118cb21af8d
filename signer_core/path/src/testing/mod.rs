//! Certificates, lists and responses made for tests, right or wrong in any way that is asked for.

mod certificate;
mod key;
mod list;
mod response;

pub(crate) use certificate::{Made, RSA_SHA256};
pub(crate) use key::{ECDSA_SHA256, Key};
pub(crate) use list::{ListEntry, MadeList};
pub(crate) use response::MadeResponse;

use crate::octets::wrapped;

/// 2025-06-01T00:00:00Z.
pub(crate) const NOW: i64 = 1_748_736_000;
/// Seconds.
pub(crate) const DAY: i64 = 86_400;

/// A SEQUENCE of these elements.
pub(crate) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    wrapped(0x30, &parts.concat())
}

/// `CN=text` as a Name, in a string type of this tag.
pub(crate) fn name_in(tag: u8, text: &str) -> Vec<u8> {
    let kind = [0x06, 3, 0x55, 4, 3];
    let attribute = sequence(&[&kind, &wrapped(tag, text.as_bytes())]);
    sequence(&[&wrapped(0x31, &attribute)])
}

/// `CN=text` as a Name, in UTF8String.
pub(crate) fn name(text: &str) -> Vec<u8> {
    name_in(0x0C, text)
}

/// A GeneralName that is this Name.
pub(crate) fn directory(name: &[u8]) -> Vec<u8> {
    wrapped(0xA4, name)
}

/// An Extension below id-ce.
pub(crate) fn extension(number: u8, critical: bool, value: &[u8]) -> Vec<u8> {
    extension_of(&[0x55, 0x1D, number], critical, value)
}

/// An Extension of whatever identifier.
pub(crate) fn extension_of(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let flag: &[u8] = if critical { &[1, 1, 0xFF] } else { &[] };
    sequence(&[&wrapped(6, oid), flag, &wrapped(4, value)])
}

/// A GeneralizedTime or UTCTime as RFC 5280 asks for.
pub(crate) fn time(seconds: i64) -> Vec<u8> {
    let (year, digits) = digits(seconds);
    if (1950..2050).contains(&year) {
        wrapped(0x17, &digits.as_bytes()[2..])
    } else {
        wrapped(0x18, digits.as_bytes())
    }
}

/// A GeneralizedTime, which OCSP always has.
pub(crate) fn generalized(seconds: i64) -> Vec<u8> {
    wrapped(0x18, digits(seconds).1.as_bytes())
}

fn digits(seconds: i64) -> (i64, String) {
    let (mut day, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let mut year = 1970;
    let days = |year: i64| 365 + i64::from(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
    while day >= days(year) {
        day -= days(year);
        year += 1;
    }
    let mut month = 0;
    let lengths = [31, days(year) - 337, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    while day >= lengths[month] {
        day -= lengths[month];
        month += 1;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let text = format!(
        "{year:04}{:02}{:02}{hour:02}{minute:02}{second:02}Z",
        month + 1,
        day + 1
    );
    (year, text)
}

/// The content of an INTEGER.
pub(crate) fn number(value: u64) -> Vec<u8> {
    let octets = value.to_be_bytes();
    let zeros = (value.leading_zeros() / 8).min(7) as usize;
    let mut content = octets[zeros..].to_vec();
    if content[0] & 0x80 != 0 {
        content.insert(0, 0);
    }
    content
}
