//! DER elements one after another, in octets that stay where they are.

use crate::certificate::{Time, Unreadable};

const FAULT: Unreadable = Unreadable::new("element", "must be DER of the expected type");

/// One element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    /// The identifier octet. Tag numbers over 30 do not occur in what is read here.
    pub(crate) tag: u8,
    /// Its content.
    pub(crate) content: &'a [u8],
    /// All of it.
    pub(crate) whole: &'a [u8],
}

/// The elements of some octets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    /// Those in these octets.
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }

    /// Those in the one element with this tag that the octets are.
    pub(crate) fn within(octets: &'a [u8], tag: u8) -> Result<Self, Unreadable> {
        let mut outer = Self::new(octets);
        let content = outer.expect(tag)?;
        outer.end()?;
        Ok(Self::new(content))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many octets are left.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// The identifier octet of the next one.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element.
    pub(crate) fn next_element(&mut self) -> Result<Element<'a>, Unreadable> {
        let (tlv, rest) = asn1::strip_tlv(self.rest).map_err(|_| FAULT)?;
        self.rest = rest;
        Ok(Element {
            tag: tlv.tag().as_u8().ok_or(FAULT)?,
            content: tlv.data(),
            whole: tlv.full_data(),
        })
    }

    /// The next element, if one is left.
    pub(crate) fn next_if_any(&mut self) -> Result<Option<Element<'a>>, Unreadable> {
        if self.is_empty() {
            return Ok(None);
        }
        self.next_element().map(Some)
    }

    /// The content of the next element, which has this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Unreadable> {
        let element = self.next_element()?;
        if element.tag == tag {
            Ok(element.content)
        } else {
            Err(FAULT)
        }
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Unreadable> {
        if self.peek() == Some(tag) {
            self.next_element().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Nothing is left.
    pub(crate) fn end(&self) -> Result<(), Unreadable> {
        if self.is_empty() { Ok(()) } else { Err(FAULT) }
    }
}

/// An element with this tag around a content.
pub(crate) fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let used = length.iter().skip_while(|octet| **octet == 0).copied();
    let mut whole = vec![tag];
    match content.len() {
        short @ 0..0x80 => whole.push(short.to_le_bytes()[0]),
        _ => {
            let used: Vec<u8> = used.collect();
            whole.push(0x80 | used.len().to_le_bytes()[0]);
            whole.extend(used);
        }
    }
    whole.extend_from_slice(content);
    whole
}

/// The content of an INTEGER, which DER has without a needless first octet.
pub(crate) fn integer(content: &[u8]) -> Result<&[u8], Unreadable> {
    let shortest = match content {
        [] => false,
        [0x00, next, ..] => next & 0x80 != 0,
        [0xFF, next, ..] => next & 0x80 == 0,
        _ => true,
    };
    if shortest { Ok(content) } else { Err(FAULT) }
}

/// Seconds since 1970 of a UTCTime or GeneralizedTime as RFC 5280 4.1.2.5 writes them: in
/// Greenwich time, with seconds, without fractions.
pub(crate) fn time(element: &Element<'_>) -> Result<i64, Unreadable> {
    asn1::parse_single::<Time>(element.whole)
        .map(|time| time.seconds())
        .map_err(|_| {
            Unreadable::new(
                "time",
                "must be a UTCTime or GeneralizedTime of RFC 5280 4.1.2.5",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(tag: u8, digits: &str) -> Option<i64> {
        let whole = wrapped(tag, digits.as_bytes());
        time(&Elements::new(&whole).next_element().unwrap()).ok()
    }

    #[test]
    fn times_are_seconds_since_1970() {
        assert_eq!(seconds(0x17, "700101000000Z"), Some(0));
        assert_eq!(seconds(0x18, "19700101000000Z"), Some(0));
        assert_eq!(seconds(0x17, "500101000000Z"), Some(-631_152_000));
        assert_eq!(seconds(0x17, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(seconds(0x18, "99991231235959Z"), Some(253_402_300_799));
        assert_eq!(seconds(0x17, "000229120000Z"), Some(951_825_600));
        assert_eq!(seconds(0x18, "00000101000000Z"), Some(-62_167_219_200));
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
            assert_eq!(seconds(0x17, digits), None, "{digits}");
        }
        assert_eq!(seconds(0x18, "20250101000000.5Z"), None);
        assert_eq!(seconds(0x04, "700101000000Z"), None);
    }
}
