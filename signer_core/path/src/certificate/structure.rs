//! The structures of RFC 5280 appendix A, as `asn1` reads them. Everything is a piece of the octets.

use asn1::{
    Asn1Read, BigInt, BigUint, BitString, SequenceOf, SetOf, Tlv, UtcTime, X509GeneralizedTime,
};

use crate::Oid;
use crate::names::ParsedGeneralName;
use crate::sequence::Content;

#[derive(Asn1Read)]
pub(super) struct Tbs<'a> {
    #[explicit(0)]
    pub(super) version: Option<u8>,
    pub(super) serial: BigInt<'a>,
    pub(super) algorithm: Tlv<'a>,
    pub(super) issuer: Tlv<'a>,
    pub(super) validity: Validity,
    pub(super) subject: Tlv<'a>,
    pub(super) key: Tlv<'a>,
    #[implicit(1)]
    pub(super) issuer_unique: Option<BitString<'a>>,
    #[implicit(2)]
    pub(super) subject_unique: Option<BitString<'a>>,
    #[explicit(3)]
    pub(super) extensions: Option<Content<'a>>,
}

#[derive(Asn1Read)]
pub(super) struct Validity {
    pub(super) not_before: Time,
    pub(super) not_after: Time,
}

/// Either type at any year: RFC 5280 4.1.2.5 tells authorities which to write, and a reader that
/// takes both loses nothing.
#[derive(Asn1Read)]
pub(crate) enum Time {
    Utc(UtcTime),
    Generalized(X509GeneralizedTime),
}

/// `critical` is DEFAULT FALSE; that it is written out is taken.
#[derive(Asn1Read)]
pub(super) struct Extension<'a> {
    pub(super) oid: Oid,
    pub(super) critical: Option<bool>,
    pub(super) value: &'a [u8],
}

#[derive(Asn1Read)]
pub(super) struct BasicConstraints<'a> {
    pub(super) authority: Option<bool>,
    pub(super) path_length: Option<BigUint<'a>>,
}

#[derive(Asn1Read)]
pub(super) struct AuthorityKeyIdentifier<'a> {
    #[implicit(0)]
    pub(super) key_identifier: Option<&'a [u8]>,
    #[implicit(1)]
    pub(super) issuer: Option<SequenceOf<'a, ParsedGeneralName<'a>>>,
    #[implicit(2)]
    pub(super) serial: Option<BigInt<'a>>,
}

#[derive(Asn1Read)]
pub(super) struct NameConstraints<'a> {
    #[implicit(0)]
    pub(super) permitted: Option<Content<'a>>,
    #[implicit(1)]
    pub(super) excluded: Option<Content<'a>>,
}

#[derive(Asn1Read)]
pub(super) struct GeneralSubtree<'a> {
    pub(super) base: ParsedGeneralName<'a>,
    #[implicit(0)]
    pub(super) minimum: Option<BigUint<'a>>,
    #[implicit(1)]
    pub(super) maximum: Option<BigUint<'a>>,
}

/// Read so that the value is whole; what it says is asked for with the lists.
#[derive(Asn1Read)]
#[allow(dead_code)]
pub(super) struct DistributionPoint<'a> {
    #[explicit(0)]
    name: Option<PointName<'a>>,
    #[implicit(1)]
    reasons: Option<BitString<'a>>,
    #[implicit(2)]
    issuer: Option<SequenceOf<'a, ParsedGeneralName<'a>>>,
}

#[derive(Asn1Read)]
#[allow(dead_code)]
enum PointName<'a> {
    #[implicit(0)]
    Full(SequenceOf<'a, ParsedGeneralName<'a>>),
    #[implicit(1)]
    Relative(SetOf<'a, Tlv<'a>>),
}

#[derive(Asn1Read)]
pub(super) struct PolicyInformation<'a> {
    pub(super) policy: Oid,
    pub(super) qualifiers: Option<Content<'a>>,
}

#[derive(Asn1Read)]
pub(super) struct Qualifier<'a> {
    pub(super) kind: Oid,
    // Read so that the structure is whole; nothing here asks what it says.
    #[allow(dead_code)]
    value: Tlv<'a>,
}

#[derive(Asn1Read)]
pub(super) struct Mapping {
    pub(super) issuer_domain: Oid,
    pub(super) subject_domain: Oid,
}

#[derive(Asn1Read)]
pub(super) struct PolicyConstraints<'a> {
    #[implicit(0)]
    pub(super) require_explicit: Option<BigUint<'a>>,
    #[implicit(1)]
    pub(super) inhibit_mapping: Option<BigUint<'a>>,
}

/// A count of certificates: more than fit are as good as the most that fit.
pub(super) fn count(number: &BigUint<'_>) -> u32 {
    number.as_bytes().iter().fold(0_u32, |count, octet| {
        count
            .checked_mul(256)
            .map_or(u32::MAX, |count| count.saturating_add(u32::from(*octet)))
    })
}

impl Time {
    /// Seconds since 1970.
    pub(crate) fn seconds(&self) -> i64 {
        let time = match self {
            Self::Utc(time) => time.as_datetime(),
            Self::Generalized(time) => time.as_datetime(),
        };
        let days = days(
            i64::from(time.year()),
            i64::from(time.month()),
            i64::from(time.day()),
        );
        ((days * 24 + i64::from(time.hour())) * 60 + i64::from(time.minute())) * 60
            + i64::from(time.second())
    }
}

/// Days since 1970 of a date of the proleptic Gregorian calendar, years counted from March so that
/// the leap day is the last of a year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn counts_that_do_not_fit_are_the_most_that_does() {
        let of = |octets: &[u8]| count(&BigUint::new(octets).unwrap());
        assert_eq!(of(&[0]), 0);
        assert_eq!(of(&[0x01, 0x00]), 256);
        assert_eq!(of(&[0x00, 0xff, 0xff, 0xff, 0xff]), u32::MAX);
        assert_eq!(of(&[0x01, 0, 0, 0, 0]), u32::MAX);
        assert_eq!(of(&[0x7f, 0, 0, 0, 0, 0, 0, 0, 1]), u32::MAX);
    }
}
