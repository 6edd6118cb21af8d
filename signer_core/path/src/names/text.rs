//! The characters of an attribute's value.

use std::borrow::Cow;

use crate::Unreadable;
use crate::octets::Element;

/// `id-at`: the attributes of X.520.
const ATTRIBUTES: [u8; 2] = [0x55, 0x04];
/// Those of them that are a DirectoryString, or one of its choices, in RFC 5280 appendix A.1: names
/// of persons, things and places, serial number, country, postal code, qualifiers, pseudonym.
const STRINGS: [u8; 18] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 17, 41, 42, 43, 44, 46, 65, 97,
];

/// Bits of a tag's octet.
const CLASS: u8 = 0xc0;
const NUMBER: u8 = 0x1f;

const UTF8: u8 = 0x0c;
const TELETEX: u8 = 0x14;
const UNIVERSAL: u8 = 0x1c;
const BMP: u8 = 0x1e;
/// NumericString, PrintableString, IA5String, VisibleString.
const ASCII: [u8; 4] = [0x12, 0x13, 0x16, 0x1a];

/// The characters of a value of a string type. Nothing for other types. TeletexString is read as
/// Latin-1, which is what it is used for; the ASCII types are not: what others read as the letters
/// that a constraint excludes would be no letters here.
///
/// # Errors
/// When the value is of no universal type, a string in parts, or its octets are no characters of its
/// type; when the attribute is one of text and the value is not.
pub(super) fn text<'a>(
    kind: &[u8],
    value: &Element<'a>,
) -> Result<Option<Cow<'a, str>>, Unreadable> {
    let Element {
        tag, content: data, ..
    } = *value;
    let number = tag & NUMBER;
    let string = [UTF8, TELETEX, UNIVERSAL, BMP].contains(&number) || ASCII.contains(&number);
    let whole = tag == number;
    let universal = tag & CLASS == 0;
    if !universal || string && !whole || !string && is_text(kind) {
        return Err(WRONG);
    }
    match number {
        UTF8 => std::str::from_utf8(data)
            .map(|text| Some(text.into()))
            .map_err(|_| WRONG),
        TELETEX => Ok(Some(data.iter().map(|octet| char::from(*octet)).collect())),
        UNIVERSAL => wide(data).map(Some).ok_or(WRONG),
        BMP => two_octets(data).map(Some).ok_or(WRONG),
        _ if string && !data.is_ascii() => Err(WRONG),
        _ if string => Ok(std::str::from_utf8(data).ok().map(Into::into)),
        _ => Ok(None),
    }
}

fn is_text(kind: &[u8]) -> bool {
    matches!(kind, [first, second, last] if [*first, *second] == ATTRIBUTES && STRINGS.contains(last))
}

fn two_octets<'a>(data: &[u8]) -> Option<Cow<'a, str>> {
    let (units, []) = data.as_chunks::<2>() else {
        return None;
    };
    char::decode_utf16(units.iter().map(|unit| u16::from_be_bytes(*unit)))
        .collect::<Result<_, _>>()
        .ok()
}

fn wide<'a>(data: &[u8]) -> Option<Cow<'a, str>> {
    let (units, []) = data.as_chunks::<4>() else {
        return None;
    };
    units
        .iter()
        .map(|unit| char::from_u32(u32::from_be_bytes(*unit)))
        .collect()
}

const WRONG: Unreadable = Unreadable::new("value", "must be text of its type");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octets::Elements;

    const NAME: [u8; 3] = [0x55, 4, 3];
    const UNIQUE: [u8; 3] = [0x55, 4, 45];

    fn of(kind: &[u8], octets: &[u8]) -> Option<Option<String>> {
        let value = Elements::new(octets).next_element().unwrap();
        text(kind, &value).ok().map(|text| text.map(Into::into))
    }

    #[test]
    fn characters_of_every_string_type() {
        for octets in [
            &b"\x0c\x01a"[..],
            b"\x13\x01a",
            b"\x14\x01a",
            b"\x1e\x02\0a",
            b"\x1c\x04\0\0\0a",
        ] {
            assert_eq!(of(&NAME, octets), Some(Some("a".into())), "{octets:x?}");
        }
    }

    #[test]
    fn what_is_no_text_of_its_type_is_refused() {
        for octets in [
            &b"\x0c\x01\xff"[..],
            b"\x1e\x01a",
            b"\x1e\x02\xd8\0",
            b"\x1c\x04\0\x11\0\0",
            b"\x2c\x03\x0c\x01a",
            b"\x81\x01a",
            b"\x02\x01\x01",
            b"\x13\x01\xe4",
            b"\x16\x01\xe4",
        ] {
            assert_eq!(of(&NAME, octets), None, "{octets:x?}");
        }
    }

    #[test]
    fn other_attributes_may_be_of_other_types() {
        assert_eq!(of(&UNIQUE, b"\x03\x02\0\x01"), Some(None));
    }
}
