//! DER elements one after another, in octets that stay where they are.
//!
//! What is DER is for `asn1` to say: headers, integers, booleans, bit strings, object identifiers. Its
//! errors have 136 octets, which is what reading an element costs there; so what nearly all elements
//! have, a header of two octets and an identifier whose arcs take one octet each, is seen here, and
//! everything else is handed on.

use std::ops::Range;

use asn1::{BigInt, BigUint, BitString, SimpleAsn1Readable};

use crate::{Oid, Unreadable};

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0A;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The bits of an identifier octet that have the number; all of them: it is over 30 and follows.
const NUMBER: u8 = 0x1F;
/// As long as the content of an object identifier may be.
const LONGEST_IDENTIFIER: usize = 63;

/// Whoever knows the field says it; see [`Unreadable::in_field`].
const FAULT: Unreadable = Unreadable::new("", "is not DER of it");

/// One element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    /// The identifier octet, the first one of a tag number over 30.
    pub(crate) tag: u8,
    /// Its content.
    pub(crate) content: &'a [u8],
    /// All of it.
    pub(crate) whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// Its content, if it has this tag.
    #[inline]
    pub(crate) fn of(&self, tag: u8) -> Result<&'a [u8], Unreadable> {
        if self.tag == tag {
            Ok(self.content)
        } else {
            Err(FAULT)
        }
    }
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
    #[inline]
    pub(crate) fn within(octets: &'a [u8], tag: u8) -> Result<Self, Unreadable> {
        only(octets, tag).map(Self::new)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many octets are left.
    pub(crate) const fn left(&self) -> usize {
        self.rest.len()
    }

    /// The identifier octet of the next one.
    #[inline]
    pub(crate) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// The next element, whatever its tag.
    #[inline]
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Unreadable> {
        if let [tag, length @ 0..0x80, rest @ ..] = self.rest
            && tag & NUMBER != NUMBER
            && let Some((content, rest)) = rest.split_at_checked(usize::from(*length))
        {
            let (whole, _) = self.rest.split_at(2 + content.len());
            self.rest = rest;
            return Ok(Element {
                tag: *tag,
                content,
                whole,
            });
        }
        self.with_longer_header()
    }

    fn with_longer_header(&mut self) -> Result<Element<'a>, Unreadable> {
        let tag = self.peek().ok_or(FAULT)?;
        let (tlv, rest) = asn1::strip_tlv(self.rest).map_err(|_| FAULT)?;
        self.rest = rest;
        Ok(Element {
            tag,
            content: tlv.data(),
            whole: tlv.full_data(),
        })
    }

    /// The next element, of a tag number up to 30.
    #[inline]
    pub(crate) fn next_element(&mut self) -> Result<Element<'a>, Unreadable> {
        let element = self.any()?;
        if element.tag & NUMBER == NUMBER {
            return Err(FAULT);
        }
        Ok(element)
    }

    /// The next element, of whatever tag, if one is left.
    #[inline]
    pub(crate) fn any_if_any(&mut self) -> Result<Option<Element<'a>>, Unreadable> {
        if self.is_empty() {
            return Ok(None);
        }
        self.any().map(Some)
    }

    /// The next element, of a tag number up to 30, if one is left.
    #[inline]
    pub(crate) fn next_if_any(&mut self) -> Result<Option<Element<'a>>, Unreadable> {
        if self.is_empty() {
            return Ok(None);
        }
        self.next_element().map(Some)
    }

    /// The content of the next element, which has this tag.
    #[inline]
    pub(crate) fn expect(&mut self, tag: u8) -> Result<&'a [u8], Unreadable> {
        self.any()?.of(tag)
    }

    /// The next element if it has this tag.
    #[inline]
    pub(crate) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, Unreadable> {
        if self.peek() == Some(tag) {
            self.next_element().map(Some)
        } else {
            Ok(None)
        }
    }

    /// Nothing is left.
    #[inline]
    pub(crate) fn end(&self) -> Result<(), Unreadable> {
        if self.is_empty() { Ok(()) } else { Err(FAULT) }
    }
}

/// The content of the one element with this tag that the octets are.
#[inline]
pub(crate) fn only(octets: &[u8], tag: u8) -> Result<&[u8], Unreadable> {
    let mut outer = Elements::new(octets);
    let content = outer.expect(tag)?;
    outer.end()?;
    Ok(content)
}

/// The content of an INTEGER, which DER has without a needless first octet.
#[inline]
pub(crate) fn integer(content: &[u8]) -> Result<&[u8], Unreadable> {
    BigInt::new(content).map(|_| content).ok_or(FAULT)
}

/// The content of an INTEGER that is not negative.
#[inline]
pub(crate) fn unsigned(content: &[u8]) -> Result<&[u8], Unreadable> {
    BigUint::new(content).map(|_| content).ok_or(FAULT)
}

/// A BOOLEAN. FALSE may be a default that DER leaves out; some write it, and it means the same.
#[inline]
pub(crate) fn boolean(content: &[u8]) -> Result<bool, Unreadable> {
    bool::parse_data(content).map_err(|_| FAULT)
}

/// A BIT STRING, whose unused bits are zero.
#[inline]
pub(crate) fn bits(content: &[u8]) -> Result<BitString<'_>, Unreadable> {
    let (unused, octets) = content.split_first().ok_or(FAULT)?;
    BitString::new(octets, *unused).ok_or(FAULT)
}

/// The content of an OBJECT IDENTIFIER.
#[inline]
pub(crate) fn identifier(content: &[u8]) -> Result<&[u8], Unreadable> {
    let arcs_of_one_octet = content.is_ascii();
    if arcs_of_one_octet && matches!(content.len(), 1..=LONGEST_IDENTIFIER) {
        return Ok(content);
    }
    oid(content).map(|_| content)
}

/// An OBJECT IDENTIFIER.
pub(crate) fn oid(content: &[u8]) -> Result<Oid, Unreadable> {
    Oid::from_der(content).map_err(|_| FAULT)
}

/// Where a part, which was read out of `whole`, is in it. Of an empty part that may be anywhere:
/// take what is there with `get`.
pub(crate) fn range_of(whole: &[u8], part: &[u8]) -> Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    start..start + part.len()
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

#[cfg(test)]
mod tests {
    use asn1::Tlv;
    use proptest::prelude::*;

    use super::*;

    /// Octets that are elements more often than chance has it.
    fn nearly_elements() -> impl Strategy<Value = Vec<u8>> {
        let content = prop::collection::vec(any::<u8>(), 0..300);
        (any::<u8>(), content, 0..4_usize, any::<u8>()).prop_map(|(tag, content, change, octet)| {
            let mut octets = wrapped(tag, &content);
            match change {
                0 => octets.push(octet),
                1 => octets[1] = octet,
                2 => octets.truncate(usize::from(octet)),
                _ => (),
            }
            octets
        })
    }

    proptest! {
        #[test]
        fn an_element_is_what_asn1_says_it_is(octets in nearly_elements()) {
            let mut elements = Elements::new(&octets);
            let ours = elements.any();
            match asn1::strip_tlv(&octets) {
                Ok((theirs, rest)) => {
                    let ours = ours.unwrap();
                    prop_assert_eq!(theirs.tag().as_u8().is_none(), ours.tag & NUMBER == NUMBER);
                    prop_assert!(theirs.tag().as_u8().is_none_or(|tag| tag == ours.tag));
                    prop_assert_eq!((theirs.data(), theirs.full_data()), (ours.content, ours.whole));
                    prop_assert_eq!(rest, elements.rest);
                    prop_assert!(asn1::parse_single::<Tlv<'_>>(ours.whole).is_ok());
                }
                Err(_) => prop_assert!(ours.is_err()),
            }
        }

        #[test]
        fn an_identifier_is_what_asn1_says_it_is(
            small in prop::collection::vec(0..0x82_u8, 0..70),
            all in prop::collection::vec(any::<u8>(), 0..70),
        ) {
            for content in [small, all] {
                prop_assert_eq!(identifier(&content).is_ok(), Oid::from_der(&content).is_ok());
            }
        }
    }

    #[test]
    fn tag_numbers_over_30_are_taken_where_any_tag_is() {
        let octets = [0x9F, 0x1F, 1, 7];
        assert_eq!(Elements::new(&octets).any().unwrap().content, [7]);
        assert!(Elements::new(&octets).next_element().is_err());
        assert!(Elements::new(&[0x9F, 0x1E, 1, 7]).any().is_err());
    }
}
