//! Which names are the same.

use super::Name;
use crate::octets::wrapped;
use crate::testing::{name, name_in, sequence};

const COMMON_NAME: [u8; 5] = [6, 3, 0x55, 4, 3];
const UNIT: [u8; 5] = [6, 3, 0x55, 4, 11];

fn attribute(kind: &[u8], tag: u8, value: &[u8]) -> Vec<u8> {
    sequence(&[kind, &wrapped(tag, value)])
}

/// A Name of these RDNs, each of these attributes.
fn of(rdns: &[&[Vec<u8>]]) -> Name {
    let rdns: Vec<u8> = rdns
        .iter()
        .flat_map(|all| wrapped(0x31, &all.concat()))
        .collect();
    Name::read(&wrapped(0x30, &rdns)).unwrap()
}

fn text(tag: u8, value: &[u8]) -> Name {
    of(&[&[attribute(&COMMON_NAME, tag, value)]])
}

#[test]
fn string_types_case_and_spaces_do_not_matter() {
    let plain = text(0x0c, "Müller".as_bytes());
    assert_eq!(plain, text(0x14, b"M\xfcLLER"));
    assert_eq!(
        plain,
        text(
            0x1e,
            &[0, b'm', 0, 0xfc, 0, b'l', 0, b'l', 0, b'e', 0, b'r']
        )
    );
    let wide: Vec<u8> = "müller"
        .chars()
        .flat_map(|c| u32::from(c).to_be_bytes())
        .collect();
    assert_eq!(plain, text(0x1c, &wide));
    let ascii = Name::read(&name("Good CA")).unwrap();
    for tag in [0x13, 0x16, 0x1a] {
        assert_eq!(ascii, Name::read(&name_in(tag, " good  ca ")).unwrap());
    }
    assert_eq!(
        text(0x1e, &[0xd8, 0x40, 0xdc, 0x0b]),
        text(0x0c, "𠀋".as_bytes())
    );
}

#[test]
fn what_cannot_be_prepared_is_compared_by_its_characters() {
    let private = |text_before: &str| text(0x0c, format!("{text_before}\u{e000}").as_bytes());
    assert_eq!(private("a"), private("a"));
    assert_ne!(private("a"), private("A"));
    assert_ne!(private("a"), text(0x0c, b"a"));
    // In whatever string type they are: BMPString, UniversalString.
    assert_eq!(private("a"), text(0x1e, &[0, b'a', 0xe0, 0]));
    assert_eq!(private("a"), text(0x1c, &[0, 0, 0, b'a', 0, 0, 0xe0, 0]));
    // What is no text is compared by its octets; x500UniqueIdentifier is a BIT STRING.
    let kind = [6, 3, 0x55, 4, 45];
    let unique = |bits: &[u8]| of(&[&[attribute(&kind, 3, bits)]]);
    assert_eq!(unique(&[0, 1]), unique(&[0, 1]));
    assert_ne!(unique(&[0, 1]), unique(&[0, 2]));
}

#[test]
fn every_value_of_an_rdn_counts_and_their_order_does_not() {
    let unit = |value: &[u8]| attribute(&UNIT, 0x0c, value);
    let both = of(&[&[unit(b"aa"), unit(b"zz")]]);
    assert_eq!(both, of(&[&[unit(b"ZZ"), unit(b"AA")]]));
    assert_ne!(both, of(&[&[unit(b"bb"), unit(b"zz")]]));
    assert_ne!(both, of(&[&[unit(b"zz")]]));
    assert_ne!(both, of(&[&[unit(b"aa")], &[unit(b"zz")]]));
    assert_ne!(both, of(&[&[unit(b"aa"), unit(b"zz"), unit(b"zz")]]));
    assert_ne!(of(&[&[unit(b"a")]]), text(0x0c, b"a"));
}

#[test]
fn the_compared_form_of_a_name_begins_with_that_of_the_names_above_it() {
    let one = attribute(&UNIT, 0x0c, b"a");
    let other = attribute(&COMMON_NAME, 0x0c, b"ab");
    let above = of(&[std::slice::from_ref(&one)]);
    let below = of(&[std::slice::from_ref(&one), &[other]]);
    assert!(below.prepared().starts_with(above.prepared()));
    let ends: Vec<_> = below.ends().collect();
    assert_eq!(ends, [above.prepared().len(), below.prepared().len()]);
    // A longer value is no subtree of a shorter one.
    let longer = of(&[&[attribute(&UNIT, 0x0c, b"ab")]]);
    assert!(!longer.prepared().starts_with(above.prepared()));
    assert!(Name::read(&[0x30, 0]).unwrap().is_empty());
}

#[test]
fn a_name_with_more_text_than_is_compared_is_not_read() {
    // To normalize each of these makes eighteen.
    let text = |count| crate::testing::name(&"\u{fdfa}".repeat(count));
    assert!(Name::read(&text(2_700)).is_ok());
    let refused = Name::read(&text(2_800)).unwrap_err();
    assert_eq!(refused.rule, "has more text than is compared");
    assert!(Name::read(&crate::testing::name(&"a".repeat(100_000))).is_ok());
    let several = |count| {
        [crate::testing::directory(&text(900))]
            .concat()
            .repeat(count)
    };
    assert!(super::general_names(&several(3)).is_ok());
    assert!(super::general_names(&several(4)).is_err());
}
