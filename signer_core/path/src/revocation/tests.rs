//! Asked through the search, as everybody asks.

use std::sync::Arc;

use super::{RevocationMode, RevocationRules};
use crate::certificate::Certificate;
use crate::crl::RevocationList;
use crate::discovery::{Query, Settings, Verdict, validate_target};
use crate::ocsp::OcspResponse;
use crate::octets::wrapped;
use crate::policies::PathPolicy;
use crate::pool::{Material, Pool};
use crate::testing::{
    DAY, Key, ListEntry, Made, MadeList, MadeResponse, NOW, directory, extension, extension_of,
    name, name_in, sequence,
};
use crate::verdict::{Evidence, Reason};

/// An anchor, and what is asked about below it.
struct Case {
    key: Key,
    root: Certificate,
    pooled: Vec<Vec<u8>>,
    rules: RevocationRules,
}

impl Case {
    fn new() -> Self {
        let key = Key::new();
        Self {
            root: Made::authority("root", &key).root(&key),
            key,
            pooled: Vec::new(),
            rules: RevocationRules::default(),
        }
    }

    fn user(&self) -> Certificate {
        Made::user("user", &Key::new()).by("root", &self.key)
    }

    fn list(mut self, list: &RevocationList) -> Self {
        self.pooled.push(list.octets().to_vec());
        self
    }

    fn response(mut self, response: &OcspResponse) -> Self {
        self.pooled.push(response.octets().to_vec());
        self
    }

    fn certificate(mut self, certificate: &Certificate) -> Self {
        self.pooled.push(certificate.octets().to_vec());
        self
    }

    fn ask_at(&self, target: &Certificate, at: i64) -> Verdict {
        validate_target(&self.query(target, at), &Settings::default())
    }

    fn query(&self, target: &Certificate, at: i64) -> Query {
        let materials: Vec<_> = self
            .pooled
            .iter()
            .map(|one| Arc::new(Material::read(one)))
            .collect();
        Query {
            target: target.clone(),
            anchors: [self.root.clone()].into(),
            pool: Arc::new(Pool::new(&materials)),
            at,
            policy: PathPolicy::default(),
            revocation: RevocationMode::Require(self.rules.clone()),
        }
    }

    /// The reason of the refusal at that time.
    fn at(&self, target: &Certificate, at: i64) -> Option<Reason> {
        let outcome = self.ask_at(target, at).outcome;
        outcome.err().map(|refusal| refusal.reason)
    }

    fn now(&self, target: &Certificate) -> Option<Reason> {
        self.at(target, NOW)
    }

    fn evidence(&self, target: &Certificate) -> Vec<Evidence> {
        self.ask_at(target, NOW).outcome.unwrap().evidence
    }
}

const REVOKED: Option<Reason> = Some(Reason::Revoked);
const UNKNOWN: Option<Reason> = Some(Reason::RevocationUnknown);

#[test]
fn a_certificate_needs_a_list_that_does_not_have_it() {
    let case = Case::new();
    let (good, bad) = (case.user(), case.user());
    assert_eq!(case.now(&good), UNKNOWN);
    let list = MadeList::of("root").revoking(serial(&bad)).sign(&case.key);
    let case = case.list(&list);
    assert_eq!(case.now(&bad), REVOKED);
    assert_eq!(
        case.evidence(&good),
        [Evidence::Lists(vec![*list.sha256()])]
    );
}

fn serial(certificate: &Certificate) -> u64 {
    certificate
        .serial()
        .iter()
        .fold(0, |serial, octet| serial << 8 | u64::from(*octet))
}

#[test]
fn whoever_is_in_a_list_is_revoked_whatever_its_date() {
    let case = Case::new();
    let user = case.user();
    for reason in [1, 6] {
        let entry = ListEntry::new(serial(&user), NOW).reason(reason);
        let case = Case::new();
        let user = Made::user("user", &Key::new())
            .serial(serial(&user))
            .by("root", &case.key);
        let list = MadeList::of("root").entry(entry).sign(&case.key);
        let case = case.list(&list);
        assert_eq!(case.at(&user, NOW), REVOKED);
        assert_eq!(case.at(&user, NOW - 1), REVOKED, "with a later date too");
    }
}

#[test]
fn superseded_lists_answer_for_their_time() {
    let case = Case::new();
    let user = case.user();
    let at = |from: i64, until: i64| {
        MadeList::of("root").window(NOW + from * DAY, Some(NOW + until * DAY))
    };
    let held = ListEntry::new(serial(&user), NOW - 19 * DAY).reason(6);
    let case = Case {
        pooled: vec![
            at(-30, -20).number(1).octets(&case.key),
            at(-20, -10).number(2).entry(held).octets(&case.key),
            // The hold is over, and this list comes before the one before it ends.
            at(-12, 0).number(3).octets(&case.key),
        ],
        ..case
    };
    assert_eq!(case.at(&user, NOW - 31 * DAY), UNKNOWN);
    assert_eq!(case.at(&user, NOW - 30 * DAY), None);
    assert_eq!(case.at(&user, NOW - 19 * DAY), REVOKED);
    assert_eq!(case.at(&user, NOW - 12 * DAY - 1), REVOKED);
    assert_eq!(case.at(&user, NOW - 12 * DAY), None);
    assert_eq!(case.at(&user, NOW - 1), None);
    assert_eq!(case.at(&user, NOW), UNKNOWN, "nextUpdate is not part of it");
}

#[test]
fn a_list_without_an_end_is_of_no_time() {
    let case = Case::new();
    let list = MadeList::of("root").window(NOW - DAY, None).sign(&case.key);
    let case = case.list(&list);
    assert_eq!(case.now(&case.user()), UNKNOWN);
}

#[test]
fn a_list_that_is_not_numbered_says_what_is_revoked_and_not_what_is_good() {
    let critical = extension(20, true, &wrapped(2, &[7]));
    for list in [
        MadeList::of("root").without_number(),
        MadeList::of("root").without_number().with(critical),
    ] {
        let case = Case::new();
        let (good, bad) = (case.user(), case.user());
        let before = MadeList::of("root")
            .number(6)
            .window(NOW - 2 * DAY, Some(NOW + DAY))
            .sign(&case.key);
        let list = list.revoking(serial(&bad)).sign(&case.key);
        let case = case.list(&list);
        assert_eq!((case.now(&good), case.now(&bad)), (UNKNOWN, REVOKED));
        // One that is numbered is not superseded by it.
        let case = case.list(&before);
        assert_eq!((case.now(&good), case.now(&bad)), (None, REVOKED));
    }
    // Version 1 has no extensions.
    let case = Case::new();
    let user = case.user();
    let list = MadeList::of("root").version_1().sign(&case.key);
    assert_eq!(case.list(&list).now(&user), None);
}

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
fn a_list_with_what_is_not_known_and_critical_is_not_used() {
    let case = Case::new();
    let user = case.user();
    let strange = extension_of(&[0x2A, 3, 4], true, &[5, 0]);
    let entry = ListEntry::new(999_999, NOW - DAY).with(strange);
    let list = MadeList::of("root").entry(entry).octets(&case.key);
    let case = Case {
        pooled: vec![list],
        ..case
    };
    assert_eq!(case.now(&user), UNKNOWN);
}

#[test]
fn the_issuers_name_may_be_in_another_string_type() {
    let case = Case::new();
    let user = case.user();
    let list = MadeList::of("root")
        .issuer_der(name_in(0x13, "ROOT"))
        .revoking(serial(&user))
        .sign(&case.key);
    let case = case.list(&list);
    assert_eq!(case.now(&user), REVOKED);
    assert_eq!(case.now(&case.user()), None);
}

/// A DistributionPoint of this URI, reasons and cRLIssuer.
fn point(uri: &str, reasons: &[u8], issuer: &[u8]) -> Vec<u8> {
    sequence(&[&full_name(uri), reasons, issuer])
}

fn full_name(uri: &str) -> Vec<u8> {
    wrapped(0xA0, &wrapped(0xA0, &wrapped(0x86, uri.as_bytes())))
}

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

/// However many there are and wherever they stand: who certified nobody of that name is asked first.
#[test]
fn forged_certificates_of_the_issuers_name_hide_no_other_key_of_its() {
    let case = Case::new();
    let (lists, stranger) = (Key::new(), Key::new());
    let (good, bad) = (case.user(), case.user());
    let list = |number| MadeList::of("root").number(number);
    let pointed = |key: &Key, maker: &Key| {
        Made::user("root", key)
            .usage(0b0000_0010)
            .points(&[point("http://signers", &[], &[])])
            .by("root", maker)
    };
    let real = pointed(&lists, &case.key).octets().to_vec();
    let about_signer = list(1).scope(&[&full_name("http://signers")]);
    let asked = |forged: usize, place: usize, lists: &[Vec<u8>]| {
        let mut pooled: Vec<_> = (0..forged)
            .map(|_| pointed(&Key::new(), &stranger).octets().to_vec())
            .collect();
        pooled.insert(place, real.clone());
        pooled.push(about_signer.octets(&case.key));
        pooled.extend_from_slice(lists);
        Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled,
            rules: case.rules.clone(),
        }
    };
    let current = list(3).revoking(serial(&bad)).octets(&lists);
    let before = list(90)
        .window(NOW - 5 * DAY, Some(NOW - 3 * DAY))
        .octets(&lists);
    for place in [0, 16, 60] {
        let case = asked(60, place, std::slice::from_ref(&current));
        assert_eq!(case.now(&good), None, "{place}");
        assert_eq!(case.now(&bad), REVOKED, "{place}");
        // Nor that this key's numbers began again.
        let case = asked(60, place, &[current.clone(), before.clone()]);
        let refusal = case.ask_at(&good, NOW).outcome.unwrap_err();
        let not_rising = "the list has no higher number than one before it";
        assert_eq!(refusal.rule, not_rising, "{place}");
    }
    // More than a question may verify end it with a refusal; the next one goes on behind them.
    let many = asked(400, 400, &[current]);
    let query = many.query(&good, NOW);
    let mut answers = (0..2).map(|_| validate_target(&query, &Settings::default()).outcome);
    let first = answers.next().unwrap().unwrap_err();
    assert_eq!(first.reason, Reason::LimitReached);
    assert!(answers.next().unwrap().is_ok());
}

#[test]
fn forged_certificates_of_whom_a_certificate_names_do_not_hide_him() {
    let case = Case::new();
    let (key, stranger) = (Key::new(), Key::new());
    let signer = |key: &Key, maker: &Key| {
        Made::user("lists", key)
            .usage(0b0000_0010)
            .points(&[point("http://signers", &[], &[])])
            .by("root", maker)
    };
    let issuer = wrapped(0xA2, &directory(&name("lists")));
    let made = || {
        Made::user("user", &Key::new())
            .points(&[sequence(&[&issuer])])
            .by("root", &case.key)
    };
    let (good, bad) = (made(), made());
    let place = wrapped(0xA0, &wrapped(0xA0, &directory(&name("lists"))));
    let indirect = MadeList::of("lists")
        .scope(&[&place, &[0x84, 1, 0xFF]])
        .entry(ListEntry::new(serial(&bad), NOW - DAY).of("root"));
    let about_signer = MadeList::of("root").scope(&[&full_name("http://signers")]);
    let forged = (0..40).map(|_| signer(&Key::new(), &stranger));
    let pooled = forged
        .chain([signer(&key, &case.key)])
        .map(|one| one.octets().to_vec())
        .chain([indirect.octets(&key), about_signer.octets(&case.key)]);
    let case = Case {
        pooled: pooled.collect(),
        ..case
    };
    assert_eq!(case.now(&good), None);
    assert_eq!(case.now(&bad), REVOKED);
}

#[test]
fn forged_certificates_of_a_responders_name_do_not_hide_what_it_says() {
    let case = Case::new();
    let user = case.user();
    let (key, stranger) = (Key::new(), Key::new());
    let signing = sequence(&[&wrapped(6, &[0x2B, 6, 1, 5, 5, 7, 3, 9])]);
    let responder = |key: &Key, maker: &Key| {
        Made::user("responder", key)
            .with(extension(37, false, &signing))
            .with(extension_of(
                &[0x2B, 6, 1, 5, 5, 7, 48, 1, 5],
                false,
                &[5, 0],
            ))
            .by("root", maker)
    };
    let says = MadeResponse::revoked(NOW).by_name("responder");
    let forged = (0..40).map(|_| responder(&Key::new(), &stranger));
    let pooled = forged
        .chain([responder(&key, &case.key)])
        .map(|one| one.octets().to_vec())
        .chain([
            MadeList::of("root").octets(&case.key),
            says.sign(&user, &case.key, &key).octets().to_vec(),
        ]);
    let case = Case {
        pooled: pooled.collect(),
        ..case
    };
    assert_eq!(case.now(&user), REVOKED);
    // What they themselves signed is worth nothing, and each of them is asked about once.
    let case = Case::new();
    let user = case.user();
    let forged = (0..40).flat_map(|_| {
        let key = Key::new();
        let response = says.sign(&user, &case.key, &key).octets().to_vec();
        [responder(&key, &stranger).octets().to_vec(), response]
    });
    let own = MadeList::of("root").octets(&case.key);
    let case = Case {
        pooled: forged.chain([own]).collect(),
        ..case
    };
    assert_eq!(case.now(&user), None);
}

/// Asked until it costs no more than allowed: what was found forged is remembered.
fn at_last(query: &Query) -> Verdict {
    for _ in 0..20 {
        let verdict = validate_target(query, &Settings::default());
        let reason = verdict.outcome.as_ref().err().map(|refusal| refusal.reason);
        if reason != Some(Reason::LimitReached) {
            return verdict;
        }
    }
    panic!("it costs too much whatever is remembered");
}

/// Points, lists and certificates are each looked at once, and not each with each.
#[test]
fn forged_lists_and_forged_signers_are_not_tried_with_each_other() {
    let case = Case::new();
    let (forger, uri) = (Key::new(), |number: usize| format!("http://a/{number}"));
    let points: Vec<_> = (0..60)
        .map(|number| point(&uri(number), &[], &[]))
        .collect();
    let user = Made::user("user", &Key::new())
        .points(&points)
        .by("root", &case.key);
    let lists = (0..1000).map(|number| {
        MadeList::of("root")
            .number(number)
            .scope(&[&full_name(&uri(number as usize % 60))])
            .octets(&forger)
    });
    let signers = (0..1000).map(|_| {
        Made::user("root", &Key::new())
            .usage(0b0000_0010)
            .by("root", &forger)
            .octets()
            .to_vec()
    });
    let mut case = Case {
        pooled: lists.chain(signers).collect(),
        key: Key::new(),
        root: case.root.clone(),
        rules: case.rules.clone(),
    };
    let refusal = at_last(&case.query(&user, NOW)).outcome.unwrap_err();
    assert_eq!(refusal.reason, Reason::RevocationUnknown);
    assert_eq!(
        refusal.rule,
        "the lists that cover it are not signed by their issuer"
    );
    // One of them all is real.
    let (key, lists) = (Key::new(), Key::new());
    case.root = Made::authority("root", &key).root(&key);
    let signer = Made::user("root", &lists)
        .usage(0b0000_0010)
        .points(&[point("http://signers", &[], &[])])
        .by("root", &key);
    let user = Made::user("user", &Key::new())
        .points(&points)
        .by("root", &key);
    let about_signer = MadeList::of("root").scope(&[&full_name("http://signers")]);
    case.pooled.extend([
        signer.octets().to_vec(),
        about_signer.octets(&key),
        MadeList::of("root").revoking(serial(&user)).octets(&lists),
    ]);
    let refusal = at_last(&case.query(&user, NOW)).outcome.unwrap_err();
    assert_eq!(refusal.reason, Reason::Revoked);
}

/// Two who tell of each other and of whom nobody else does: that neither has a path is found out once,
/// and not for each of their lists.
#[test]
fn a_signer_without_a_path_is_looked_for_once() {
    let case = Case::new();
    let told_by = |issuer: &str| [sequence(&[&wrapped(0xA2, &directory(&name(issuer)))])];
    let user = Made::user("user", &Key::new())
        .points(&told_by("one"))
        .by("root", &case.key);
    let mut pooled = Vec::new();
    for (own, other) in [("one", "other"), ("other", "one")] {
        let key = Key::new();
        let signer = Made::user(own, &key)
            .usage(0b0000_0010)
            .points(&told_by(other))
            .by("root", &case.key);
        pooled.push(signer.octets().to_vec());
        let place = wrapped(0xA0, &wrapped(0xA0, &directory(&name(own))));
        pooled.extend((0..40).map(|number| {
            MadeList::of(own)
                .number(number)
                .scope(&[&place, &[0x84, 1, 0xFF]])
                .octets(&key)
        }));
    }
    let case = Case { pooled, ..case };
    assert_eq!(case.now(&user), UNKNOWN);
}

#[test]
fn complete_lists_and_deltas_have_one_sequence_of_numbers() {
    let case = Case::new();
    let (user, revoked) = (case.user(), case.user());
    let delta = |hours: i64| {
        MadeList::of("root")
            .number(5)
            .delta_on(4)
            .window(NOW - hours * 3600, Some(NOW - 3600))
            .octets(&case.key)
    };
    let complete = |number| {
        MadeList::of("root")
            .number(number)
            .window(NOW - 2 * 3600, Some(NOW + DAY))
            .revoking(serial(&revoked))
            .sign(&case.key)
    };
    let asked = |number, delta: &[u8]| {
        let complete = complete(number);
        let case = Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled: vec![delta.to_vec()],
            rules: case.rules.clone(),
        };
        (*complete.sha256(), case.list(&complete))
    };
    // As high as a delta before it, or lower; not one of the same moment, nor one that came later.
    for (number, hours, expected) in [(4, 3, UNKNOWN), (5, 3, UNKNOWN), (6, 3, None), (5, 2, None)]
    {
        let (_, case) = asked(number, &delta(hours));
        assert_eq!(case.now(&user), expected, "{number} {hours}");
        assert_eq!(case.now(&revoked), REVOKED);
    }
    let (first, mut case) = asked(4, &delta(3));
    case.rules.accept_renumbered = [first].into();
    assert_eq!(
        case.evidence(&user),
        [Evidence::RenumberedLists(vec![first])]
    );
    // Nobody else's delta counts.
    let foreign = MadeList::of("root").number(5).delta_on(4);
    let foreign = foreign.window(NOW - 3 * 3600, Some(NOW + DAY));
    let (_, case) = asked(4, &foreign.octets(&Key::new()));
    assert_eq!(case.now(&user), None);
}

#[test]
fn a_delta_list_changes_the_list_it_goes_with() {
    let case = Case::new();
    let (kept, added, removed) = (case.user(), case.user(), case.user());
    let complete = MadeList::of("root")
        .number(5)
        .entry(ListEntry::new(serial(&removed), NOW - DAY).reason(6))
        .octets(&case.key);
    let delta = |base, number| {
        MadeList::of("root")
            .number(number)
            .delta_on(base)
            .revoking(serial(&added))
            .entry(ListEntry::new(serial(&removed), NOW - DAY).reason(8))
            .octets(&case.key)
    };
    let asked = |pooled: Vec<Vec<u8>>, user: &Certificate| {
        let case = Case {
            pooled,
            key: Key::new(),
            root: case.root.clone(),
            rules: case.rules.clone(),
        };
        case.now(user)
    };
    let with = vec![complete.clone(), delta(4, 7)];
    assert_eq!(asked(with.clone(), &kept), None);
    assert_eq!(asked(with.clone(), &added), REVOKED);
    assert_eq!(asked(with, &removed), None);
    // One whose base is later than the list, and one that is not later, do not go with it: they take
    // nothing away, but what the issuer says is revoked is.
    for other in [delta(6, 7), delta(4, 5)] {
        let with = vec![complete.clone(), other];
        assert_eq!(asked(with.clone(), &kept), None);
        assert_eq!(asked(with.clone(), &added), REVOKED);
        assert_eq!(asked(with, &removed), REVOKED);
    }
    // What the complete list came after is over.
    assert_eq!(asked(vec![complete, delta(3, 4)], &added), None);
    for (user, said) in [(&kept, UNKNOWN), (&added, REVOKED), (&removed, UNKNOWN)] {
        assert_eq!(asked(vec![delta(4, 7)], user), said, "alone");
    }
}

#[test]
fn of_deltas_on_several_lists_the_newest_counts_for_what_it_tells() {
    let case = Case::new();
    let user = case.user();
    let delta = |base, number, reason: Option<u8>| {
        let made = MadeList::of("root").number(number).delta_on(base);
        let entry = ListEntry::new(serial(&user), NOW - DAY);
        match reason {
            Some(reason) => made.entry(entry.reason(reason)),
            None => made,
        }
        .window(
            NOW - i64::try_from(20 - number).unwrap() * 60,
            Some(NOW + DAY),
        )
        .octets(&case.key)
    };
    let complete = MadeList::of("root")
        .number(5)
        .window(NOW - DAY, Some(NOW + DAY))
        .octets(&case.key);
    let asked = |deltas: &[Vec<u8>]| {
        let case = Case {
            pooled: [std::slice::from_ref(&complete), deltas].concat(),
            key: Key::new(),
            root: case.root.clone(),
            rules: case.rules.clone(),
        };
        case.now(&user)
    };
    // Held, and no more: by a delta on the same list, and on an earlier one.
    assert_eq!(asked(&[delta(7, 8, Some(6)), delta(7, 9, Some(8))]), None);
    assert_eq!(asked(&[delta(7, 8, Some(6)), delta(7, 9, None)]), None);
    assert_eq!(asked(&[delta(7, 8, Some(6)), delta(5, 9, None)]), None);
    // One on a later list does not tell what happened before that.
    for newer in [None, Some(8)] {
        assert_eq!(asked(&[delta(7, 8, Some(6)), delta(8, 9, newer)]), REVOKED);
    }
}

#[test]
fn numbers_that_began_again_are_taken_when_the_rules_say_so_and_told() {
    let case = Case::new();
    let (user, revoked) = (case.user(), case.user());
    let before = MadeList::of("root")
        .number(90)
        .window(NOW - 5 * DAY, Some(NOW - 3 * DAY));
    let after = MadeList::of("root")
        .number(3)
        .revoking(serial(&revoked))
        .sign(&case.key);
    let mut case = Case {
        pooled: vec![before.octets(&case.key), after.octets().to_vec()],
        ..case
    };
    assert_eq!(case.now(&user), UNKNOWN);
    assert_eq!(case.now(&revoked), REVOKED);
    case.rules.accept_renumbered = [*after.sha256()].into();
    assert_eq!(case.now(&revoked), REVOKED);
    assert_eq!(
        case.evidence(&user),
        [Evidence::RenumberedLists(vec![*after.sha256()])]
    );
    // Whoever accepts another list has accepted nothing of this row.
    case.rules.accept_renumbered = [[7; 32]].into();
    assert_eq!(case.now(&user), UNKNOWN);
    // A list that somebody else numbered higher takes nothing away.
    let case = Case::new();
    let user = case.user();
    let foreign = MadeList::of("root")
        .number(90)
        .window(NOW - 5 * DAY, Some(NOW + DAY));
    let case = Case {
        pooled: vec![
            foreign.octets(&Key::new()),
            MadeList::of("root").number(3).octets(&case.key),
        ],
        ..case
    };
    assert_eq!(case.now(&user), None);
}

/// However many there are and wherever they stand: what was forged is looked at once.
#[test]
fn forged_lists_before_the_issuers_do_not_hide_that_its_numbers_began_again() {
    let case = Case::new();
    let user = case.user();
    let forger = Key::new();
    let before = |key: &Key, seconds: i64| {
        MadeList::of("root")
            .number(90)
            .window(NOW - 5 * DAY + seconds, Some(NOW - 3 * DAY))
            .octets(key)
    };
    let after = MadeList::of("root").number(3).octets(&case.key);
    let asked = |forged: i64, place: usize| {
        let mut pooled: Vec<_> = (0..forged).map(|one| before(&forger, one)).collect();
        pooled.insert(place, before(&case.key, forged));
        pooled.push(after.clone());
        Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled,
            rules: case.rules.clone(),
        }
    };
    let not_rising = "the list has no higher number than one before it";
    for place in [0, 15, 16, 60] {
        let refusal = asked(60, place).ask_at(&user, NOW).outcome.unwrap_err();
        assert_eq!(refusal.reason, Reason::RevocationUnknown);
        assert_eq!(refusal.rule, not_rising, "{place}");
    }
    // More than a question may verify end it with a refusal; the next one goes on behind them.
    let many = asked(700, 700);
    let query = many.query(&user, NOW);
    let answers: Vec<_> = (0..4)
        .map(|_| {
            validate_target(&query, &Settings::default())
                .outcome
                .unwrap_err()
        })
        .collect();
    assert_eq!(answers[0].reason, Reason::LimitReached);
    assert_eq!(answers[3].rule, not_rising);
}

#[test]
fn a_number_is_given_once() {
    let case = Case::new();
    let (user, revoked) = (case.user(), case.user());
    // Restored from a copy that did not know the list before it.
    let before = MadeList::of("root")
        .number(7)
        .window(NOW - 3 * DAY, Some(NOW - 2 * DAY))
        .revoking(serial(&revoked))
        .sign(&case.key);
    let after = MadeList::of("root").number(7).sign(&case.key);
    let mut case = case.list(&before).list(&after);
    assert_eq!(case.now(&user), UNKNOWN);
    case.rules.accept_renumbered = [*after.sha256()].into();
    assert_eq!(
        case.evidence(&user),
        [Evidence::RenumberedLists(vec![*after.sha256()])]
    );
}

#[test]
fn a_list_whose_number_did_not_rise_hides_no_later_one_that_revokes() {
    let case = Case::new();
    let (user, revoked) = (case.user(), case.user());
    let list = |number, hours: i64| {
        let from = NOW - hours * 3600;
        MadeList::of("root")
            .number(number)
            .window(from, Some(NOW + DAY))
    };
    let case = Case {
        pooled: vec![
            MadeList::of("root")
                .number(9)
                .window(NOW - 9 * DAY, Some(NOW - DAY))
                .octets(&case.key),
            list(5, 3).octets(&case.key),
            list(4, 2).revoking(serial(&revoked)).octets(&case.key),
            // Of another row, which alone would do.
            list(1, 1).scope(&[&[0x81, 1, 0xFF]]).octets(&case.key),
        ],
        ..case
    };
    assert_eq!(case.now(&user), None);
    assert_eq!(case.now(&revoked), REVOKED);
}

#[test]
fn of_two_lists_of_one_moment_and_number_each_revokes() {
    let case = Case::new();
    let (user, revoked) = (case.user(), case.user());
    let having = MadeList::of("root").revoking(serial(&revoked));
    let without = MadeList::of("root").octets(&case.key);
    let asked = |pooled: Vec<Vec<u8>>| Case {
        key: Key::new(),
        root: case.root.clone(),
        pooled,
        rules: case.rules.clone(),
    };
    let having = having.octets(&case.key);
    for pooled in [[&having, &without], [&without, &having]] {
        let case = asked(pooled.map(Clone::clone).to_vec());
        assert_eq!(case.now(&revoked), REVOKED);
        assert_eq!(case.now(&user), None);
    }
    // So of two deltas; and one of them alone takes nothing away.
    let delta = || MadeList::of("root").number(2).delta_on(1);
    let removing = ListEntry::new(serial(&revoked), NOW - DAY).reason(8);
    let removing = delta().entry(removing).octets(&case.key);
    let silent = delta().octets(&case.key);
    let revoking = delta().revoking(serial(&revoked)).octets(&case.key);
    assert_eq!(
        asked(vec![having.clone(), removing.clone()]).now(&revoked),
        None
    );
    for other in [&silent, &revoking] {
        for deltas in [[&removing, other], [other, &removing]] {
            let mut pooled = deltas.map(Clone::clone).to_vec();
            pooled.push(having.clone());
            assert_eq!(asked(pooled).now(&revoked), REVOKED);
        }
    }
    // One that is older than the complete list, and numbered higher, takes nothing away either.
    let older = ListEntry::new(serial(&revoked), NOW - DAY).reason(8);
    let older = delta().entry(older).window(NOW - 2 * DAY, Some(NOW + DAY));
    assert_eq!(
        asked(vec![having.clone(), older.octets(&case.key)]).now(&revoked),
        REVOKED
    );
    // A delta that came later with a lower number revokes as well.
    let later = MadeList::of("root")
        .number(2)
        .delta_on(1)
        .window(NOW, Some(NOW + DAY));
    let higher = MadeList::of("root").number(3).delta_on(1).octets(&case.key);
    let later = later.revoking(serial(&user)).octets(&case.key);
    assert_eq!(
        asked(vec![without.clone(), later, higher]).now(&user),
        REVOKED
    );
}

#[test]
fn numbers_rise_again_from_the_list_that_was_accepted() {
    let case = Case::new();
    let (user, revoked) = (case.user(), case.user());
    let list = |number, days: i64| {
        let from = NOW - days * DAY;
        MadeList::of("root")
            .number(number)
            .window(from, Some(NOW + DAY))
    };
    let before = list(90, 5)
        .entry(ListEntry::new(serial(&revoked), NOW - 5 * DAY))
        .sign(&case.key);
    let first = list(3, 4).sign(&case.key);
    let next = list(4, 3).sign(&case.key);
    let again = list(2, 2).sign(&case.key);
    let asked = |lists: &[&RevocationList], accepted: &[&RevocationList]| Case {
        key: Key::new(),
        root: case.root.clone(),
        pooled: lists.iter().map(|one| one.octets().to_vec()).collect(),
        rules: RevocationRules {
            accept_renumbered: accepted.iter().map(|one| *one.sha256()).collect(),
            ..RevocationRules::default()
        },
    };
    // The list with the highest number is the old one: it counts for as long as it is valid.
    assert_eq!(asked(&[&before, &first, &next], &[]).now(&revoked), REVOKED);
    // From the accepted one on the new numbers decide, the highest of them.
    let accepted = asked(&[&before, &next, &first], &[&first]);
    assert_eq!(accepted.now(&revoked), None);
    assert_eq!(
        accepted.evidence(&user),
        [Evidence::RenumberedLists(vec![*next.sha256()])]
    );
    // Before it they do not.
    assert_eq!(accepted.at(&revoked, NOW - 5 * DAY + 1), REVOKED);
    // What began again once more is accepted by itself, or not at all.
    let lists = [&before, &first, &again];
    let twice = asked(&lists, &[&first]);
    assert_eq!(
        twice.evidence(&user),
        [Evidence::RenumberedLists(vec![*first.sha256()])]
    );
    let short = list(4, 3)
        .window(NOW - 3 * DAY, Some(NOW - 2 * DAY))
        .sign(&case.key);
    let lists = [&short, &again];
    assert_eq!(asked(&lists, &[&short]).now(&user), UNKNOWN);
    assert_eq!(asked(&lists, &[&short, &again]).now(&user), None);
}

#[test]
fn an_ocsp_response_of_that_time_is_evidence() {
    let case = Case::new();
    let user = case.user();
    let good = MadeResponse::good().sign(&user, &case.key, &case.key);
    let asked = |response: &OcspResponse| {
        let case = Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled: Vec::new(),
            rules: case.rules.clone(),
        };
        case.response(response).now(&user)
    };
    assert_eq!(asked(&good), None);
    assert_eq!(
        asked(
            &MadeResponse::good()
                .sha2(3)
                .sign(&user, &case.key, &case.key)
        ),
        None
    );
    let made = |response: MadeResponse| response.sign(&user, &case.key, &case.key);
    assert_eq!(asked(&made(MadeResponse::revoked(NOW))), REVOKED);
    assert_eq!(asked(&made(MadeResponse::revoked(NOW + 1))), REVOKED);
    assert_eq!(asked(&made(MadeResponse::unknown())), UNKNOWN);
    let old = MadeResponse::good().window(NOW - 2 * DAY, Some(NOW));
    assert_eq!(asked(&made(old)), UNKNOWN);
    assert_eq!(
        asked(&made(MadeResponse::good().window(NOW - DAY, None))),
        UNKNOWN
    );
    let stranger = Key::new();
    assert_eq!(
        asked(&MadeResponse::good().sign(&user, &case.key, &stranger)),
        UNKNOWN
    );
    assert_eq!(
        asked(&MadeResponse::good().sign(&user, &stranger, &case.key)),
        UNKNOWN
    );
}

#[test]
fn a_response_that_says_two_things_is_good_only_where_all_of_them_are() {
    let case = Case::new();
    let user = case.user();
    let said = |answers: &[MadeResponse]| {
        let response = MadeResponse::several(answers, &user, &case.key);
        let case = Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled: Vec::new(),
            rules: case.rules.clone(),
        };
        case.response(&response).now(&user)
    };
    let (good, revoked) = (MadeResponse::good, || MadeResponse::revoked(NOW));
    let (unknown, ended) = (MadeResponse::unknown, NOW - DAY);
    assert_eq!(said(&[good(), good()]), None);
    assert_eq!(said(&[good(), revoked()]), REVOKED);
    assert_eq!(said(&[revoked(), good()]), REVOKED);
    assert_eq!(said(&[good(), unknown()]), UNKNOWN);
    assert_eq!(said(&[unknown(), revoked()]), REVOKED);
    // What was said of another time is not said.
    let earlier = revoked().window(ended - DAY, Some(ended));
    assert_eq!(said(&[earlier, good()]), None);
}

#[test]
fn a_response_says_why_it_was_revoked() {
    let case = Case::new();
    let user = case.user();
    let response = MadeResponse::revoked_for(NOW - DAY, 6).sign(&user, &case.key, &case.key);
    let refusal = case.response(&response).ask_at(&user, NOW).outcome;
    let revoked = refusal.unwrap_err().revoked.unwrap();
    assert_eq!((revoked.at, revoked.reason), (NOW - DAY, 6));
}

#[test]
fn a_list_that_says_revoked_outweighs_a_response_that_says_good() {
    let case = Case::new();
    let user = case.user();
    let good = MadeResponse::good().sign(&user, &case.key, &case.key);
    let list = MadeList::of("root").revoking(serial(&user)).sign(&case.key);
    assert_eq!(case.response(&good).list(&list).now(&user), REVOKED);
}

#[test]
fn a_responder_is_one_whom_the_issuer_made_one() {
    // id-kp-OCSPSigning, id-kp-serverAuth.
    let purpose = |last: &[u8]| {
        let oid = [&[0x2B, 6, 1, 5, 5, 7, 3], last].concat();
        extension(37, false, &sequence(&[&wrapped(6, &oid)]))
    };
    let no_check = || extension_of(&[0x2B, 6, 1, 5, 5, 7, 48, 1, 5], false, &[5, 0]);
    let case = Case::new();
    let user = case.user();
    let key = Key::new();
    let responder = |last: &[u8]| Made::user("responder", &key).with(purpose(last));
    let asked = |responder: &Certificate, lists: &[&MadeList]| {
        let response = MadeResponse::good()
            .certificate(responder)
            .sign(&user, &case.key, &key);
        let case = Case {
            key: Key::new(),
            root: case.root.clone(),
            pooled: lists.iter().map(|list| list.octets(&case.key)).collect(),
            rules: case.rules.clone(),
        };
        case.response(&response).now(&user)
    };
    let good = responder(&[9]).with(no_check()).by("root", &case.key);
    assert_eq!(asked(&good, &[]), None);
    let other_purpose = responder(&[1]).with(no_check()).by("root", &case.key);
    assert_eq!(asked(&other_purpose, &[]), UNKNOWN);
    // keyUsage without digitalSignature (0x80) and nonRepudiation (0x40): keyAgreement.
    let usage = |bits| responder(&[9]).with(no_check()).usage(bits);
    assert_eq!(asked(&usage(0x08).by("root", &case.key), &[]), UNKNOWN);
    assert_eq!(asked(&usage(0x40).by("root", &case.key), &[]), None);
    let strangers = responder(&[9]).with(no_check()).by("root", &Key::new());
    assert_eq!(asked(&strangers, &[]), UNKNOWN);
    let ended = responder(&[9])
        .with(no_check())
        .validity(NOW - 9 * DAY, NOW - 1)
        .by("root", &case.key);
    assert_eq!(asked(&ended, &[]), UNKNOWN);
    // Without id-pkix-ocsp-nocheck the responder's own status counts.
    let point = [point("http://responders", &[], &[])];
    let checked = responder(&[9]).points(&point).by("root", &case.key);
    assert_eq!(asked(&checked, &[]), UNKNOWN);
    let list = MadeList::of("root").scope(&[&full_name("http://responders")]);
    assert_eq!(asked(&checked, &[&list]), None);
    let list = list.revoking(serial(&checked));
    assert_eq!(asked(&checked, &[&list]), UNKNOWN);
}

#[test]
fn every_certificate_of_the_path_needs_its_evidence() {
    let case = Case::new();
    let key = Key::new();
    let middle = Made::authority("CA", &key).by("root", &case.key);
    let user = Made::user("user", &Key::new()).by("CA", &key);
    let of_user = MadeList::of("CA").sign(&key);
    let case = case.certificate(&middle).list(&of_user);
    let refusal = case.ask_at(&user, NOW).outcome.unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.index),
        (Reason::RevocationUnknown, Some(0))
    );
    let of_middle = MadeList::of("root").sign(&case.key);
    let case = case.list(&of_middle);
    assert_eq!(case.evidence(&user).len(), 2);
}
