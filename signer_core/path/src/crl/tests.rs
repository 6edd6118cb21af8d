use proptest::prelude::*;

use super::*;
use crate::certificate::Certificate;
use crate::names::Name;
use crate::octets::wrapped;
use crate::testing::{DAY, Key, ListEntry, Made, MadeList, NOW, extension, extension_of, name_in};

fn user(serial: u64, issuer: &str, key: &Key) -> Certificate {
    Made::user("user", key).serial(serial).by(issuer, key)
}

fn entry(list: &RevocationList, certificate: &Certificate) -> Option<Entry> {
    list.entries_for(certificate).next()
}

#[test]
fn says_what_it_has() {
    let key = Key::new();
    let list = MadeList::of("CA")
        .number(300)
        .entry(ListEntry::new(7, NOW - 5).reason(1))
        .entry(ListEntry::new(0x80_00_00_00_00, NOW))
        .sign(&key);
    assert_eq!(list.len(), 2);
    assert_eq!(
        (list.this_update(), list.next_update()),
        (NOW - DAY, Some(NOW + DAY))
    );
    assert_eq!(
        entry(&list, &user(7, "CA", &key)),
        Some(Entry {
            revoked_at: NOW - 5,
            reason: Some(1)
        })
    );
    assert_eq!(
        entry(&list, &user(0x80_00_00_00_00, "CA", &key)).map(|entry| entry.reason),
        Some(None)
    );
    assert_eq!(entry(&list, &user(8, "CA", &key)), None);
    assert_eq!(entry(&list, &user(7, "CB", &key)), None);
}

#[test]
fn the_issuers_name_may_be_in_another_string_type() {
    let key = Key::new();
    let list = MadeList::of("CA")
        .issuer_der(name_in(0x13, "CA"))
        .revoking(7)
        .sign(&key);
    assert!(entry(&list, &user(7, "CA", &key)).is_some());
}

#[test]
fn entries_of_an_indirect_list_are_of_the_issuer_named_last() {
    let key = Key::new();
    let list = MadeList::of("lists")
        .scope(&[&[0x84, 1, 0xFF]])
        .revoking(1)
        .entry(ListEntry::new(2, NOW).of("A"))
        .revoking(3)
        .entry(ListEntry::new(4, NOW).of("B"))
        .revoking(5)
        .entry(ListEntry::new(6, NOW).of("A"))
        .sign(&key);
    let of = |serial, issuer| entry(&list, &user(serial, issuer, &key)).is_some();
    for (serial, issuer) in [
        (1, "lists"),
        (2, "A"),
        (3, "A"),
        (4, "B"),
        (5, "B"),
        (6, "A"),
    ] {
        for other in ["lists", "A", "B"] {
            assert_eq!(of(serial, other), other == issuer, "{serial} of {other}");
        }
    }
}

#[test]
fn a_critical_extension_that_is_not_known_keeps_a_list_from_being_used() {
    let key = Key::new();
    let strange = |critical| extension_of(&[0x2A, 3, 4], critical, &[5, 0]);
    let below_id_ce = |critical| extension(63, critical, &[5, 0]);
    for unknown in [strange as fn(bool) -> Vec<u8>, below_id_ce] {
        let in_list = |critical| MadeList::of("CA").with(unknown(critical)).try_sign(&key);
        assert!(in_list(false).is_ok());
        assert!(in_list(true).is_err());
        let in_entry = |critical| {
            let entry = ListEntry::new(7, NOW).with(unknown(critical));
            MadeList::of("CA").entry(entry).try_sign(&key)
        };
        assert!(in_entry(false).is_ok());
        assert!(in_entry(true).is_err());
    }
}

#[test]
fn shapes_that_are_none_are_refused() {
    let key = Key::new();
    let named = MadeList::of("CA").entry(ListEntry::new(7, NOW).of("A"));
    assert!(
        named.try_sign(&key).is_err(),
        "certificateIssuer in a direct list"
    );
    assert!(
        MadeList::of("CA")
            .number(1)
            .with(extension(20, false, &[2, 1, 2]))
            .try_sign(&key)
            .is_err()
    );
    let two_kinds = MadeList::of("CA").scope(&[&[0x81, 1, 0xFF], &[0x82, 1, 0xFF]]);
    assert!(two_kinds.try_sign(&key).is_err());
    let reason = |code| MadeList::of("CA").entry(ListEntry::new(7, NOW).reason(code));
    assert!(reason(6).try_sign(&key).is_ok());
    assert!(reason(7).try_sign(&key).is_err());
    let negative = MadeList::of("CA").with(extension(20, false, &[2, 1, 0x80]));
    assert!(negative.try_sign(&key).is_err());
    let mut longer = MadeList::of("CA").octets(&key);
    longer.push(0);
    assert!(RevocationList::read(longer).is_err());
    let read = MadeList::of("CA").octets(&key);
    for end in 0..read.len() {
        assert!(RevocationList::read(&read[..end]).is_err());
    }
}

#[test]
fn reasons_are_sets() {
    let read = |octets: &[u8]| Reasons::read(octets).unwrap();
    let some = read(&[1, 0b0110_0000]);
    let rest = read(&[7, 0b0001_1111, 0x80]);
    assert_ne!(some, Reasons::ALL);
    assert_eq!(some.or(rest), Reasons::ALL);
    assert_eq!(some.and(rest), Reasons::NONE);
    assert!(some.within(Reasons::ALL) && !Reasons::ALL.within(some));
    // What the first bit says is no reason.
    assert_eq!(read(&[7, 0x80]), Reasons::NONE);
    assert!(Reasons::read(&[]).is_err());
    assert!(Reasons::read(&[8, 0]).is_err());
}

#[test]
fn numbers_compare_as_numbers() {
    let key = Key::new();
    let number = |value| MadeList::of("CA").number(value).sign(&key);
    let (small, middle, large) = (number(9), number(200), number(70_000));
    assert!(small.number() < middle.number() && middle.number() < large.number());
    assert_eq!(number(200).number(), middle.number());
}

/// Serial numbers alike in their low octets are told apart by the others.
#[test]
fn a_long_list_answers_for_each_of_its_entries() {
    let key = Key::new();
    let entries = 20_000;
    let mut list = MadeList::of("CA");
    for number in 0..entries {
        list = list.entry(ListEntry::new(number << 40 | 7, NOW - 1));
    }
    let list = list.sign(&key);
    assert_eq!(list.len(), entries as usize);
    for number in (0..entries).step_by(997) {
        assert!(entry(&list, &user(number << 40 | 7, "CA", &key)).is_some());
        assert!(entry(&list, &user(number << 40 | 8, "CA", &key)).is_none());
    }
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = RevocationList::read(octets);
    }

    #[test]
    fn no_change_makes_it_panic(place in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let key = Key::new();
        let mut octets = MadeList::of("CA")
            .number(1)
            .scope(&[&wrapped(0xA0, &wrapped(0xA0, &[0x86, 1, b'x'])), &[0x84, 1, 0xFF]])
            .entry(ListEntry::new(7, NOW).of("A").reason(1))
            .octets(&key);
        let place = place.index(octets.len());
        octets[place] = octet;
        if let Ok(list) = RevocationList::read(octets) {
            let issuer = list.issuer().clone();
            prop_assert!(Name::read(issuer.der()).is_ok());
            let _ = list.entries_for(&user(7, "A", &key)).count();
        }
    }
}

#[test]
fn its_extensions_are_read_as_strictly_as_a_certificates() {
    let key = Key::new();
    let read = |extension: Vec<u8>| {
        let list = MadeList::of("CA").with(extension).try_sign(&key);
        list.map(|_| ()).map_err(|error| error.field)
    };
    let identifier = |parts: &[&[u8]]| extension(35, false, &wrapped(0x30, &parts.concat()));
    let issuer = [&[0xA1, 4, 0x82, 2][..], b"ab"].concat();
    assert_eq!(
        read(identifier(&[&[0x80, 1, 7], &issuer, &[0x82, 1, 5]])),
        Ok(())
    );
    for broken in [
        identifier(&[&[0x80, 1, 7], &[0x82, 2, 0, 5]]),
        identifier(&[&[0x80, 1, 7], &[5, 0]]),
    ] {
        assert_eq!(read(broken), Err("authorityKeyIdentifier"));
    }
    let strange_name = identifier(&[&[0x80, 1, 7], &[0xA1, 2, 0x9A, 0]]);
    assert_eq!(read(strange_name), Err("generalName"));
    // onlySomeReasons with an unused bit that is set; an identifier that ends within an arc.
    let reasons = |bits: u8| extension(28, true, &[0x30, 4, 0x83, 2, 5, bits]);
    assert_eq!(read(reasons(0x60)), Ok(()));
    assert_eq!(read(reasons(0x61)), Err("reasons"));
    assert_eq!(
        read(extension_of(&[0x2a, 0x81], false, b"x")),
        Err("extensions")
    );
}
