//! Who may sign lists.

use super::*;

#[test]
fn a_list_that_the_issuer_did_not_sign_or_may_not_sign_is_not_used() {
    let case = Case::new();
    let user = case.user();
    let forged = MadeList::of("root").sign(&Key::new());
    assert_eq!(case.list(&forged).now(&user), UNKNOWN);

    let case = Case::new();
    let key = Key::new();
    let no_lists = Made::authority("CA", &key)
        .usage(0b0000_0100)
        .by("root", &case.key);
    let user = Made::user("user", &Key::new()).by("CA", &key);
    let case = Case {
        pooled: vec![
            MadeList::of("root").octets(&case.key),
            MadeList::of("CA").octets(&key),
        ],
        ..case
    };
    assert_eq!(case.certificate(&no_lists).now(&user), UNKNOWN);
}

#[test]
fn another_issuers_list_speaks_where_the_certificate_says_so() {
    let case = Case::new();
    let key = Key::new();
    let signer = Made::user("lists", &key)
        .usage(0b0000_0010)
        .by("root", &case.key);
    let issuer = wrapped(0xA2, &directory(&name("lists")));
    let with_point = || {
        Made::user("user", &Key::new())
            .points(&[sequence(&[&issuer])])
            .by("root", &case.key)
    };
    let (good, bad, without) = (with_point(), with_point(), case.user());
    let of = directory(&name("lists"));
    let point = wrapped(0xA0, &wrapped(0xA0, &of));
    let list = |fields: &[&[u8]]| {
        MadeList::of("lists")
            .scope(fields)
            .entry(ListEntry::new(serial(&bad), NOW - DAY).of("root"))
    };
    let indirect = list(&[&point, &[0x84, 1, 0xFF]]).octets(&key);
    // Says of the signer itself, which the root answers for, and of nobody else.
    let of_signer = MadeList::of("root")
        .scope(&[
            &wrapped(0xA0, &wrapped(0xA0, &directory(&name("root")))),
            &[0x81, 1, 0xFF],
        ])
        .octets(&case.key);
    let asked = |pooled: Vec<Vec<u8>>, target: &Certificate| {
        let case = Case {
            pooled,
            key: Key::new(),
            root: case.root.clone(),
            rules: case.rules.clone(),
        };
        case.certificate(&signer).now(target)
    };
    assert_eq!(
        asked(vec![indirect.clone()], &bad),
        UNKNOWN,
        "nothing says of the signer"
    );
    let both = vec![indirect, of_signer.clone()];
    assert_eq!(asked(both.clone(), &bad), REVOKED);
    assert_eq!(asked(both.clone(), &good), None);
    assert_eq!(asked(vec![of_signer.clone()], &without), None);
    let direct = MadeList::of("lists").scope(&[&point]).octets(&key);
    let only_direct = vec![direct];
    assert_eq!(
        asked(only_direct, &good),
        UNKNOWN,
        "not said to be indirect"
    );
}

#[test]
fn a_signer_of_lists_is_in_its_own_where_its_certificate_says_so() {
    let case = Case::new();
    let key = Key::new();
    let issuer = wrapped(0xA2, &directory(&name("lists")));
    let points = [sequence(&[&issuer])];
    let made = || Made::user("lists", &key).usage(0b0000_0010);
    let user = Made::user("user", &Key::new())
        .points(&points)
        .by("root", &case.key);
    let point = wrapped(0xA0, &wrapped(0xA0, &directory(&name("lists"))));
    let list = MadeList::of("lists").scope(&[&point, &[0x84, 1, 0xFF]]);
    let asked = |signer: &Certificate, list: &MadeList| {
        let case = Case {
            pooled: vec![list.octets(&key)],
            key: Key::new(),
            root: case.root.clone(),
            rules: case.rules.clone(),
        };
        case.certificate(signer).now(&user)
    };
    let says_so = made().points(&points).by("root", &case.key);
    assert_eq!(asked(&says_so, &list), None);
    assert_eq!(asked(&made().by("root", &case.key), &list), UNKNOWN);
    let has_itself = list.entry(ListEntry::new(serial(&says_so), NOW - DAY).of("root"));
    assert_eq!(asked(&says_so, &has_itself), UNKNOWN);
}

#[test]
fn another_key_of_the_issuers_may_sign_its_lists_but_nobody_elses_of_that_name() {
    let case = Case::new();
    let (lists, middle, stranger) = (Key::new(), Key::new(), Key::new());
    let user = case.user();
    let list = MadeList::of("root").octets(&lists);
    let own = MadeList::of("root").revoking(999_999).octets(&case.key);
    let signer = |made: Made| made.usage(0b0000_0010);
    let real = signer(Made::user("root", &lists)).by("root", &case.key);
    // What says that the signer is not revoked, but nothing of the user.
    let about_signer = MadeList::of("root")
        .scope(&[&full_name("http://signers")])
        .octets(&case.key);
    let pointed = signer(Made::user("root", &lists))
        .points(&[point("http://signers", &[], &[])])
        .by("root", &case.key);
    let asked = |pooled: Vec<Vec<u8>>, certificates: &[&Certificate]| {
        let mut case = Case {
            pooled,
            key: Key::new(),
            root: case.root.clone(),
            rules: case.rules.clone(),
        };
        for certificate in certificates {
            case = case.certificate(certificate);
        }
        case.now(&user)
    };
    assert_eq!(
        asked(vec![list.clone(), about_signer.clone()], &[&pointed]),
        None
    );
    assert_eq!(
        asked(vec![list.clone()], &[&real]),
        UNKNOWN,
        "it vouches for itself"
    );
    assert_eq!(asked(vec![own], &[]), None);
    // Another authority below the same anchor certifies a key under the root's name.
    let authority = Made::authority("CA", &middle).by("root", &case.key);
    let forged = signer(Made::user("root", &stranger)).by("CA", &middle);
    let pooled = vec![
        MadeList::of("root").octets(&stranger),
        MadeList::of("CA").octets(&middle),
        about_signer,
    ];
    assert_eq!(asked(pooled, &[&authority, &forged]), UNKNOWN);
}
