use proptest::prelude::*;

use super::*;
use crate::certificate::Certificate;
use crate::names::Name;
use crate::octets::wrapped;
use crate::testing::{
    DAY, Key, ListEntry, Made, MadeList, NOW, directory, extension, extension_of, name, name_in,
    sequence,
};

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
fn what_is_surveyed_is_what_is_kept() {
    let key = Key::new();
    let critical = || extension(99, true, &[5, 0]);
    let lists = [
        MadeList::of("CA"),
        MadeList::of("CA").number(300).revoking(7).revoking(8),
        MadeList::of("CA").without_number().version_1(),
        MadeList::of("CA").delta_on(3).scope(&[&[0x81, 1, 0xFF]]),
        MadeList::of("CA").with(critical()),
        MadeList::of("CA").entry(ListEntry::new(7, NOW).with(critical())),
        MadeList::of("CA").entry(ListEntry::new(7, NOW).of("CB")),
        MadeList::of("CA").window(NOW, None),
    ];
    for made in lists {
        let octets = made.octets(&key);
        let survey = Survey::read(&octets);
        match (RevocationList::read(&*octets), survey) {
            (Ok(list), Ok(survey)) => {
                let header = survey.header();
                assert_eq!(header.issuer(), list.issuer());
                assert_eq!(survey.sha256(), list.sha256());
                assert_eq!(header.this_update(), list.this_update());
                assert_eq!(header.next_update(), list.next_update());
                assert_eq!(header.number(), list.number());
                assert_eq!(header.base_number(), list.base_number());
                assert_eq!(header.authority_key(), list.authority_key());
                assert_eq!(header.scope(), list.scope());
                assert_eq!(header.point_octets(), list.point_octets());
                assert_eq!(survey.entries(), list.len());
                let (one, two) = (survey.signed(), list.signed());
                assert_eq!((one.octets, one.signature), (two.octets, two.signature));
                assert_eq!((one.algorithm, one.sha256), (two.algorithm, two.sha256));
            }
            (Err(one), Err(two)) => assert_eq!(one, two),
            _ => panic!("one of them reads it, and the other does not"),
        }
    }
}

#[test]
fn what_is_not_processed_has_a_field_of_its_own() {
    let key = Key::new();
    let critical = || extension(99, true, &[5, 0]);
    for made in [
        MadeList::of("CA").with(critical()),
        MadeList::of("CA").entry(ListEntry::new(7, NOW).with(critical())),
    ] {
        let refused = made.try_sign(&key).err().unwrap();
        assert!(UNPROCESSED.contains(&refused.field));
    }
    let cut_short = RevocationList::read(&MadeList::of("CA").octets(&key)[..20]);
    assert!(!UNPROCESSED.contains(&cut_short.err().unwrap().field));
}

#[test]
fn entries_are_told_by_serial_number_and_one_after_another() {
    let key = Key::new();
    let list = MadeList::of("CA")
        .entry(ListEntry::new(9, NOW).reason(4))
        .entry(ListEntry::new(7, NOW - 5))
        .sign(&key);
    let entry = |serial: &[u8]| list.entries_of(serial).next();
    assert_eq!(entry(&[7]).map(|one| one.revoked_at), Some(NOW - 5));
    assert_eq!(entry(&[9]).and_then(|one| one.reason), Some(4));
    assert_eq!(entry(&[8]), None);
    let told: Vec<_> = list.listed(0..2).collect();
    let serials: Vec<_> = told.iter().map(|one| one.serial).collect();
    assert_eq!(serials, [[7], [9]]);
    assert_eq!(Some(told[1].entry), entry(&[9]));
    assert_eq!(list.listed(1..3).count(), 0);
}

#[test]
fn two_points_are_the_same_by_a_directory_name_in_common() {
    let point = |names: &[&[u8]], rest: &[u8]| {
        let name = wrapped(0xA0, &wrapped(0xA0, &names.concat()));
        Scope::read(&sequence(&[&name, rest])).unwrap()
    };
    let users: &[u8] = &[0x81, 1, 0xFF];
    let (one, other) = (directory(&name("P")), directory(&name("Q")));
    let printable = directory(&name_in(0x13, "P"));
    let uri = wrapped(0x86, b"http://a/");
    let subject = point(&[&one, &uri], users);
    assert!(subject.covers_the_same(&point(&[&other, &one], users)));
    assert!(subject.covers_the_same(&point(&[&printable], users)));
    assert!(!subject.covers_the_same(&point(&[&uri], users)));
    assert!(!subject.covers_the_same(&point(&[&other], users)));
    assert!(!subject.covers_the_same(&point(&[&one], &[])));
    assert!(!subject.covers_the_same(&point(&[&one], &[0x82, 1, 0xFF])));
    assert!(!subject.covers_the_same(&point(&[&one], &[users, &[0x83, 2, 0, 0x40]].concat())));
    assert!(!subject.covers_the_same(&Scope::default()));
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

#[test]
fn a_list_with_more_entries_that_end_alike_than_are_looked_at_is_not_read() {
    let key = Key::new();
    let alike = |count: usize| {
        // Two numbers that end in the same eight octets: which of them is asked about says nothing.
        let (one, other) = (ListEntry::new(7, NOW), ListEntry::ending(7, NOW));
        let mut list = MadeList::of("CA").entry(ListEntry::new(8, NOW));
        for entry in [one, other].iter().cycle().take(count) {
            list = list.entry(entry.clone());
        }
        list.try_sign(&key)
    };
    let list = alike(65_536).unwrap();
    assert_eq!(list.entries_for(&user(7, "CA", &key)).count(), 32_768);
    assert_eq!(
        alike(65_537).err().unwrap().rule,
        "has more entries of one serial number than are looked at"
    );
}

/// An entry in the making: of which of a few serial numbers, whether a longer one that ends like it, its
/// reason, and the issuer that it names.
type Drawn = (usize, bool, Option<u8>, Option<&'static str>);

/// Some that count and some that are far apart.
const SERIALS: [u64; 8] = [
    1,
    2,
    3,
    7,
    7 << 40,
    0x0123_4567_89AB_CDEF,
    u64::MAX >> 1,
    u64::MAX,
];

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    // 8 is removeFromCRL.
    let reason = proptest::option::of(proptest::sample::select(vec![1, 6, 8]));
    let issuer = proptest::option::weighted(0.1, proptest::sample::select(vec!["A", "B", "lists"]));
    // The last is on no list.
    let one = (0..SERIALS.len() - 1, any::<bool>(), reason, issuer);
    proptest::collection::vec(one, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_found_is_what_reading_from_the_beginning_finds(drawn in drawn()) {
        let key = Key::new();
        let mut made = MadeList::of("lists").scope(&[&[0x84, 1, 0xFF]]);
        // Issuer, serial number, whether a longer one ends like it, what it says.
        let (mut plain, mut current) = (Vec::new(), "lists");
        for (at, (serial, longer, reason, issuer)) in (NOW..).zip(drawn) {
            let serial = SERIALS[serial];
            let mut entry = if longer { ListEntry::ending(serial, at) } else { ListEntry::new(serial, at) };
            if let Some(reason) = reason {
                entry = entry.reason(reason);
            }
            if let Some(issuer) = issuer {
                entry = entry.of(issuer);
                current = issuer;
            }
            made = made.entry(entry);
            plain.push((current, serial, longer, Entry { revoked_at: at, reason }));
        }
        let list = made.sign(&key);
        for serial in SERIALS {
            let found = |issuer, long| {
                let asked = plain.iter().filter(move |one| (one.0, one.1, one.2) == (issuer, serial, long));
                asked.map(|one| one.3).collect::<Vec<_>>()
            };
            for issuer in ["lists", "A", "B", "C"] {
                let certificate = user(serial, issuer, &key);
                let entries: Vec<_> = list.entries_for(&certificate).collect();
                prop_assert_eq!(entries, found(issuer, false), "{} of {}", serial, issuer);
                let alike = plain.iter().filter(|one| one.1 == serial).count();
                prop_assert_eq!(list.alike(certificate.serial()), alike);
            }
            let longer = [&[1], &serial.to_be_bytes()[..]].concat();
            let entries: Vec<_> = list.entries_of(&longer).collect();
            prop_assert_eq!(entries, found("lists", true));
        }
    }

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
