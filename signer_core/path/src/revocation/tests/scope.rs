//! What a list is about.

use super::*;

#[test]
fn a_partition_speaks_of_its_own() {
    let case = Case::new();
    let user = |uri: &str| {
        Made::user("user", &Key::new())
            .points(&[point(uri, &[], &[])])
            .by("root", &case.key)
    };
    let (one, two, three) = (user("http://a"), user("http://b"), user("http://c"));
    let both = |list: MadeList| list.revoking(serial(&one)).revoking(serial(&two));
    let lists = [
        both(MadeList::of("root").scope(&[&full_name("http://a")])),
        MadeList::of("root").scope(&[&full_name("http://b")]),
    ];
    let case = Case {
        pooled: lists.iter().map(|list| list.octets(&case.key)).collect(),
        ..case
    };
    assert_eq!(case.now(&one), REVOKED);
    assert_eq!(case.now(&two), None);
    assert_eq!(case.now(&three), UNKNOWN);
}

#[test]
fn a_point_may_be_named_below_its_issuer() {
    let case = Case::new();
    let kind = [0x06, 3, 0x55, 4, 3];
    let attribute = sequence(&[&kind, &wrapped(0x0C, b"part")]);
    let relative = wrapped(0xA0, &wrapped(0xA1, &attribute));
    let root = name("root");
    let inside = &root[2..];
    let whole = sequence(&[inside, &wrapped(0x31, &attribute)]);
    let full = wrapped(0xA0, &wrapped(0xA0, &directory(&whole)));
    let user = Made::user("user", &Key::new())
        .points(&[sequence(&[&relative])])
        .by("root", &case.key);
    for scope in [&relative, &full] {
        let list = MadeList::of("root").scope(&[scope]).octets(&case.key);
        let case = Case {
            pooled: vec![list],
            key: Key::new(),
            root: case.root.clone(),
            rules: case.rules.clone(),
        };
        assert_eq!(case.now(&user), None);
    }
}

#[test]
fn lists_of_users_and_of_authorities_speak_of_those_alone() {
    let case = Case::new();
    let key = Key::new();
    let authority = Made::authority("CA", &key).by("root", &case.key);
    let user = case.user();
    let cases: [(&[u8], _, _); 3] = [
        (&[0x81, 1, 0xFF], None, UNKNOWN),
        (&[0x82, 1, 0xFF], UNKNOWN, None),
        (&[0x85, 1, 0xFF], UNKNOWN, UNKNOWN),
    ];
    for (only, of_user, of_authority) in cases {
        let case = Case {
            pooled: vec![MadeList::of("root").scope(&[only]).octets(&case.key)],
            key: Key::new(),
            root: case.root.clone(),
            rules: case.rules.clone(),
        };
        assert_eq!(case.now(&user), of_user);
        assert_eq!(case.now(&authority), of_authority);
    }
}

#[test]
fn every_reason_must_be_covered() {
    // keyCompromise and cACompromise; the others.
    let (some, rest) = ([0x83, 2, 5, 0b0110_0000], [0x83, 3, 7, 0b0001_1111, 0x80]);
    let case = Case::new();
    let user = case.user();
    let one = MadeList::of("root").scope(&[&some]).octets(&case.key);
    let two = MadeList::of("root")
        .scope(&[&rest])
        .revoking(serial(&case.user()))
        .octets(&case.key);
    let asked = |pooled| {
        let case = Case {
            pooled,
            key: Key::new(),
            root: case.root.clone(),
            rules: case.rules.clone(),
        };
        case.now(&user)
    };
    assert_eq!(asked(vec![one.clone()]), UNKNOWN);
    assert_eq!(asked(vec![two.clone()]), UNKNOWN);
    assert_eq!(asked(vec![one.clone(), two]), None);
    let two = MadeList::of("root").scope(&[&rest]).revoking(serial(&user));
    assert_eq!(asked(vec![one, two.octets(&case.key)]), REVOKED);
}
