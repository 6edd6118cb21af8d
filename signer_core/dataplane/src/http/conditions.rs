//! Conditions that a request comes with, and the part of a list that it asks for (RFC 9110 13, 14).

use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

use http_range_header::{EndPosition, StartPosition, parse_range_header};
use httpdate::parse_http_date;
use hyper::header::{
    ACCEPT_ENCODING, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};

/// What a request's conditions come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// It is sent.
    Holds,
    /// The asker has it.
    NotModified,
    /// It is not what the asker wants.
    Failed,
}

/// What is to be sent of so many octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    Some(Range<usize>),
    /// Nothing of what was asked for is in it.
    None,
}

/// In the order of RFC 9110 13.2.2. `etags`: of all forms that it has; which is sent must not depend on
/// how busy the service is. `modified`: seconds since 1970, where that tells it from every other list. A
/// date counts only where it is the same: a newer list may be of an earlier moment.
pub(super) fn condition(
    asked: &HeaderMap,
    etags: &[HeaderValue],
    modified: Option<i64>,
) -> Condition {
    let is_same = |name| date(asked, name).zip(modified).map(|(date, it)| date == it);
    if asked.contains_key(IF_MATCH) {
        if !etags.iter().any(|etag| is_wanted(asked, etag)) {
            return Condition::Failed;
        }
    } else if is_same(IF_UNMODIFIED_SINCE) == Some(false) {
        return Condition::Failed;
    }
    let has_it = if asked.contains_key(IF_NONE_MATCH) {
        etags.iter().any(|etag| has(asked, etag))
    } else {
        is_same(IF_MODIFIED_SINCE) == Some(true)
    };
    if has_it {
        Condition::NotModified
    } else {
        Condition::Holds
    }
}

/// Whether If-Match, where it is there, has it: strongly compared (RFC 9110 13.1.1).
pub(super) fn is_wanted(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    let named = |tag: &[u8]| tag == b"*" || tag == etag.as_bytes();
    !asked.contains_key(IF_MATCH) || tags(asked, IF_MATCH).any(named)
}

/// Whether it is this form that the asker has a part of, or wants and no other.
pub(super) fn is_named(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    asked.get(IF_RANGE) == Some(etag) || tags(asked, IF_MATCH).any(|tag| tag == etag.as_bytes())
}

/// Whether If-None-Match has it: compared weakly (RFC 9110 13.1.2).
pub(super) fn has(asked: &HeaderMap, etag: &HeaderValue) -> bool {
    tags(asked, IF_NONE_MATCH).any(|tag| {
        let tag = tag.strip_prefix(b"W/").unwrap_or(tag);
        tag == b"*" || tag == etag.as_bytes()
    })
}

/// The part that is asked for. One only: whoever asks for several gets the whole, and so does who says
/// something that is none, or has a part of another list. Of If-Range only a tag counts: two lists may
/// have been made within one second (13.1.5).
pub(super) fn part(asked: &HeaderMap, etag: &HeaderValue, length: usize) -> Part {
    let one = |name: HeaderName| {
        let mut all = asked.get_all(name).iter();
        all.next().filter(|_| all.next().is_none())
    };
    let has_other = asked.contains_key(IF_RANGE) && one(IF_RANGE) != Some(etag);
    let said = one(RANGE).and_then(|it| it.to_str().ok());
    let (false, Some(said)) = (has_other, said) else {
        return Part::Whole;
    };
    let ranges = parse_range_header(said).map(|it| it.ranges);
    let Ok([range]) = ranges.as_deref() else {
        return Part::Whole;
    };
    let octets = |said: u64| usize::try_from(said).unwrap_or(usize::MAX);
    let first = match range.start {
        StartPosition::Index(first) => octets(first),
        StartPosition::FromLast(last) => length.saturating_sub(octets(last)),
    };
    let end = match range.end {
        EndPosition::Index(last) => octets(last).saturating_add(1).min(length),
        EndPosition::LastByte => length,
    };
    if first < end {
        Part::Some(first..end)
    } else {
        Part::None
    }
}

/// Whether the asker takes gzip (RFC 9110 12.5.3).
pub(super) fn takes_gzip(asked: &HeaderMap) -> bool {
    let mut any = false;
    for said in listed(asked, ACCEPT_ENCODING) {
        let mut parts = said.split(|octet| *octet == b';').map(<[u8]>::trim_ascii);
        let coding = parts.next().unwrap_or_default();
        let refuses = parts.any(|it| {
            let weight = it.strip_prefix(b"q=").or(it.strip_prefix(b"Q="));
            weight.is_some_and(|it| it.iter().all(|octet| matches!(octet, b'0' | b'.')))
        });
        if coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip") {
            return !refuses;
        }
        any |= coding == b"*" && !refuses;
    }
    any
}

/// Seconds since 1970; nothing where it is no date.
fn date(asked: &HeaderMap, name: HeaderName) -> Option<i64> {
    let said = asked.get(name)?.to_str().ok()?;
    let since = parse_http_date(said).ok()?.duration_since(UNIX_EPOCH);
    i64::try_from(since.as_ref().map_or(0, Duration::as_secs)).ok()
}

fn tags(asked: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    listed(asked, name)
}

fn listed(asked: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &[u8]> {
    let all = asked.get_all(name).into_iter();
    all.flat_map(|said| said.as_bytes().split(|octet| *octet == b','))
        .map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: HeaderValue = HeaderValue::from_static("\"of it\"");
    const OTHER: HeaderValue = HeaderValue::from_static("\"compressed\"");
    const MADE: i64 = 784_111_777;
    const MADE_TEXT: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn asked(headers: &[(HeaderName, &str)]) -> HeaderMap {
        let pairs = headers.iter();
        let mut map = HeaderMap::new();
        for (name, said) in pairs {
            map.append(name.clone(), said.parse().unwrap());
        }
        map
    }

    fn said(headers: &[(HeaderName, &str)]) -> Condition {
        condition(&asked(headers), &[OTHER, TAG], Some(MADE))
    }

    #[test]
    fn a_tag_is_found_in_any_list() {
        for text in ["\"of it\"", "W/\"of it\"", "\"a\", \"of it\"", "*"] {
            assert!(has(&asked(&[(IF_NONE_MATCH, text)]), &TAG), "{text}");
        }
        assert!(!has(&asked(&[(IF_NONE_MATCH, "\"a\"")]), &TAG));
    }

    #[test]
    fn conditions_hold_in_their_order() {
        assert_eq!(said(&[]), Condition::Holds);
        for date in [
            MADE_TEXT,
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(said(&[(IF_MODIFIED_SINCE, date)]), Condition::NotModified);
            assert_eq!(said(&[(IF_UNMODIFIED_SINCE, date)]), Condition::Holds);
        }
        assert_eq!(said(&[(IF_MODIFIED_SINCE, BEFORE)]), Condition::Holds);
        assert_eq!(said(&[(IF_UNMODIFIED_SINCE, BEFORE)]), Condition::Failed);
        // A clock that was ahead made the one before.
        assert_eq!(said(&[(IF_MODIFIED_SINCE, AFTER)]), Condition::Holds);
        assert_eq!(said(&[(IF_UNMODIFIED_SINCE, AFTER)]), Condition::Failed);
        let undated = |name| condition(&asked(&[(name, MADE_TEXT)]), &[TAG], None);
        assert_eq!(undated(IF_MODIFIED_SINCE), Condition::Holds);
        assert_eq!(undated(IF_UNMODIFIED_SINCE), Condition::Holds);
        for none in ["yesterday", "", "784111777"] {
            assert_eq!(said(&[(IF_MODIFIED_SINCE, none)]), Condition::Holds);
        }
        // Whichever form of it the asker has.
        assert_eq!(
            said(&[(IF_NONE_MATCH, "\"compressed\"")]),
            Condition::NotModified
        );
        assert_eq!(said(&[(IF_MATCH, "\"compressed\"")]), Condition::Holds);
        // A tag outweighs a date.
        let other = [(IF_NONE_MATCH, "\"a\""), (IF_MODIFIED_SINCE, MADE_TEXT)];
        assert_eq!(said(&other), Condition::Holds);
        assert_eq!(said(&[(IF_MATCH, "\"of it\"")]), Condition::Holds);
        assert_eq!(said(&[(IF_MATCH, "W/\"of it\"")]), Condition::Failed);
        let both = [(IF_MATCH, "*"), (IF_NONE_MATCH, "*")];
        assert_eq!(said(&both), Condition::NotModified);
    }

    #[test]
    fn one_part_is_sent_and_else_the_whole() {
        let of = |range: &str| part(&asked(&[(RANGE, range)]), &TAG, 10);
        for (range, octets) in [
            ("bytes=0-3", 0..4),
            ("bytes=4-", 4..10),
            ("bytes=9-99", 9..10),
            ("bytes=-3", 7..10),
            ("bytes=-30", 0..10),
            ("bytes=0-18446744073709551615", 0..10),
        ] {
            assert_eq!(of(range), Part::Some(octets), "{range}");
        }
        for range in ["bytes=10-", "bytes=18446744073709551615-", "bytes=5-4"] {
            assert_eq!(of(range), Part::None, "{range}");
        }
        for range in [
            "bytes=0-1,3-4",
            "bytes=",
            "bytes=a-b",
            "lines=1-2",
            "bytes=-0",
            "-",
        ] {
            assert_eq!(of(range), Part::Whole, "{range}");
        }
        let two = [(RANGE, "bytes=0-1"), (RANGE, "bytes=2-3")];
        assert_eq!(part(&asked(&two), &TAG, 10), Part::Whole);
    }

    #[test]
    fn a_part_of_another_list_is_not_gone_on_with() {
        let of = |tag: &str| part(&asked(&[(RANGE, "bytes=4-"), (IF_RANGE, tag)]), &TAG, 10);
        assert_eq!(of("\"of it\""), Part::Some(4..10));
        for other in ["\"a\"", "W/\"of it\"", MADE_TEXT] {
            assert_eq!(of(other), Part::Whole, "{other}");
        }
    }

    #[test]
    fn a_form_is_named_by_who_goes_on_with_it() {
        for (name, text, named, wanted) in [
            (IF_RANGE, "\"of it\"", true, true),
            (IF_RANGE, "W/\"of it\"", false, true),
            (IF_MATCH, "\"a\", \"of it\"", true, true),
            (IF_MATCH, "*", false, true),
            (IF_MATCH, "\"a\"", false, false),
            (IF_NONE_MATCH, "\"of it\"", false, true),
        ] {
            let asked = asked(&[(name, text)]);
            assert_eq!(is_named(&asked, &TAG), named, "{text}");
            assert_eq!(is_wanted(&asked, &TAG), wanted, "{text}");
        }
    }

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        let takes = |said: &str| takes_gzip(&asked(&[(ACCEPT_ENCODING, said)]));
        for said in [
            "gzip",
            "deflate, GZIP;q=0.5",
            "br, x-gzip",
            "*",
            "gzip;q=1.0, *;q=0",
        ] {
            assert!(takes(said), "{said}");
        }
        for said in [
            "identity",
            "",
            "gzip;q=0",
            "*, gzip; q=0.000",
            "gzipped",
            "*;q=0",
        ] {
            assert!(!takes(said), "{said}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
