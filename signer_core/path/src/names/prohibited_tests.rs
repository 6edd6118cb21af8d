//! Which characters keep a name from being prepared (RFC 4518 2.4), every one of Unicode.

use stringprep::tables;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use super::Name;
use crate::testing::{name, name_in};

/// UniversalString.
const UNIVERSAL: u8 = 0x1c;

fn read(text: &str) -> Name {
    Name::read(&name(text)).unwrap()
}

/// Whether upper and lower case are the same beside this character: whether it can be prepared.
fn is_prepared(c: char) -> bool {
    read(&format!("A{c}")) == read(&format!("a{c}"))
}

/// The classes of RFC 4518 2.4 that are left when 2.2 and 2.3 have been done: C.8 of RFC 3454 is mapped
/// to nothing or normalized away, and surrogates are no characters.
fn is_prohibited(c: char) -> bool {
    tables::private_use(c)
        || tables::non_character_code_point(c)
        || c == '\u{fffd}'
        || c.general_category() == GeneralCategory::Unassigned
}

#[test]
fn no_prohibited_character_is_folded_and_every_other_one_may_be() {
    let wrong: Vec<_> = ('\0'..=char::MAX)
        .filter(|c| is_prepared(*c) == is_prohibited(*c))
        .collect();
    assert_eq!(wrong, Vec::<char>::new());
}

#[test]
fn beside_a_prohibited_character_nothing_is_mapped() {
    for c in [
        '\u{e000}',
        '\u{fdd0}',
        '\u{fffd}',
        '\u{f0000}',
        '\u{10ffff}',
        '\u{378}',
    ] {
        let one = read(&format!("Ａ  {c}"));
        assert_eq!(one, read(&format!("Ａ  {c}")), "{c:?}");
        for other in ["A  ", "Ａ ", "ａ  ", "Ａ  \u{ad}"] {
            assert_ne!(one, read(&format!("{other}{c}")), "{c:?}");
        }
        // The string type is no character.
        let wide: Vec<u8> = ['Ａ', ' ', ' ', c]
            .iter()
            .flat_map(|one| u32::from(*one).to_be_bytes())
            .collect();
        let value = [
            &[0x30, 0x1b, 0x31, 0x19, 0x30, 0x17, 6, 3, 0x55, 4, 3][..],
            &[UNIVERSAL, 16],
            &wide,
        ]
        .concat();
        assert_eq!(one, Name::read(&value).unwrap(), "{c:?}");
    }
}

/// Surrogates, alone: no characters of any string type, so nothing is there that could be compared.
#[test]
fn a_surrogate_alone_is_not_read() {
    let of = |tag, value: &[u8]| {
        let length = |more: usize| u8::try_from(value.len() + more).unwrap();
        let head = [
            0x30,
            length(11),
            0x31,
            length(9),
            0x30,
            length(7),
            6,
            3,
            0x55,
            4,
            3,
        ];
        Name::read(&[&head[..], &[tag, length(0)], value].concat())
    };
    for (tag, lone) in [
        (0x1e, &[0xd8, 0][..]),
        (0x1e, &[0xdc, 0]),
        (UNIVERSAL, &[0, 0, 0xd8, 0]),
        (0x0c, &[0xed, 0xa0, 0x80]),
    ] {
        assert!(of(tag, lone).is_err(), "{tag:x}");
    }
    assert!(of(0x1e, &[0xd8, 0x40, 0xdc, 0x0b]).is_ok());
}

#[test]
fn letters_that_came_after_rfc_3454_are_folded_too() {
    for (one, other) in [
        ("\u{1c80}\u{1c81}\u{1c82}\u{1c83}\u{1c84}\u{1c85}", "ВДОСТТ"),
        ("\u{1c86}\u{1c87}\u{1c88}", "\u{42a}\u{462}\u{a64a}"),
        ("\u{1c90}", "\u{10d0}"),
        ("\u{ab70}", "\u{13a0}"),
        ("\u{10570}", "\u{10597}"),
    ] {
        assert_eq!(read(one), read(other), "{one}");
    }
    assert_ne!(read("\u{1c80}"), Name::read(&name_in(0x13, "b")).unwrap());
}
