//! What a search costs at most, and what hides nothing.

use super::*;

#[test]
fn a_mesh_ends_at_its_limits() {
    let (anchor, all, keys) = mesh(40, 12);
    let user = Made::user("user", &Key::new()).by("39", &keys[39]);
    let mut hopeful = query(&user, &anchor, &all);
    let verdict = ask(&hopeful);
    assert!(verdict.outcome.is_ok());
    assert!(verdict.spent.signatures < 300, "{:?}", verdict.spent);
    // A policy that nobody has: every path of the mesh is refused.
    hopeful.policy.explicit = true;
    hopeful.policy.initial = vec![asn1::oid!(1, 2, 3)];
    let limits = Settings::default().limits;
    let verdict = ask(&hopeful);
    assert_eq!(refused(&verdict).0, Reason::LimitReached);
    assert!(!verdict.path.is_empty(), "the closest path is told");
    assert!(verdict.spent.steps <= ROUNDS * limits.steps);
    assert!(verdict.spent.paths <= ROUNDS * limits.paths);
    assert!(verdict.spent.signatures <= limits.signatures);
    // Each bound ends it by itself.
    for limits in [
        Limits {
            steps: 50,
            ..limits
        },
        Limits { paths: 3, ..limits },
        Limits {
            signatures: 20,
            ..limits
        },
    ] {
        let settings = Settings {
            limits,
            ..Settings::default()
        };
        let verdict = validate_target(&hopeful, &settings);
        assert_eq!(refused(&verdict).0, Reason::LimitReached);
        assert!(verdict.spent.steps <= ROUNDS * limits.steps);
        assert!(verdict.spent.paths <= ROUNDS * limits.paths);
        assert!(verdict.spent.signatures <= limits.signatures);
    }
}

/// Whose a certificate of the pool is not is found out once for each key, so that the answer comes in the
/// end however many have its issuer's name.
#[test]
fn keys_that_signed_nothing_are_not_tried_again() {
    let (a, b, c) = (Key::new(), Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    // They say that they are it; it says another.
    let forged = |_| {
        Made::authority("CA", &Key::new())
            .key_identifier(Some(&c.identifier()))
            .by("root", &Key::new())
    };
    let mut all: Vec<_> = (0..400).map(forged).collect();
    all.push(
        Made::authority("CA", &b)
            .key_identifier(Some(&[1]))
            .by("root", &a),
    );
    all.push(
        Made::authority("below", &c)
            .issuer_key_identifier(&c.identifier())
            .by("CA", &b),
    );
    let user = Made::user("user", &Key::new()).by("below", &c);
    let query = query(&user, &root, &all);
    assert_eq!(refused(&ask(&query)).0, Reason::LimitReached);
    let verdict = ask(&query);
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(names(&verdict.path).len(), 3);
}

/// An OBJECT IDENTIFIER for each number under 8,000.
fn identifier(number: u16) -> Vec<u8> {
    let [high, low] = (((number / 128 + 1) << 8) | (number % 128)).to_be_bytes();
    wrapped(6, &[0x2A, 0x80 | high, low])
}

/// What a path costs beside its signatures is counted for the whole search: each of these is within the
/// bounds of one path.
#[test]
fn many_paths_of_many_names_or_policies_end_a_search() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let host = |number: usize| wrapped(0x82, format!("h{number}.test").as_bytes());
    let hosts: Vec<u8> = (0..4000).flat_map(host).collect();
    let user = Made::user("user", &Key::new())
        .with(extension(17, false, &wrapped(0x30, &hosts)))
        .by("CA", &b);
    let excluded = |number: usize| {
        let tree = sequence(&[&wrapped(0x82, format!("x{number}.test").as_bytes())]);
        let last = sequence(&[&host(3999)]);
        wrapped(0xA1, &[tree, last].concat())
    };
    let constrained = (0..100).map(|number| {
        Made::authority("CA", &b)
            .with(extension(30, true, &sequence(&[&excluded(number)])))
            .by("root", &a)
    });
    let verdict = ask(&query(&user, &root, &constrained.collect::<Vec<_>>()));
    assert_eq!(refused(&verdict).0, Reason::LimitReached);
    assert!(
        (2..90).contains(&verdict.spent.paths),
        "{:?}",
        verdict.spent
    );
    // The same of policies, of which none is asked for.
    let policy = |number| sequence(&[&identifier(number)]);
    let policies: Vec<u8> = (0..1500).flat_map(policy).collect();
    let policies = || extension(32, false, &wrapped(0x30, &policies));
    let user = Made::user("user", &Key::new())
        .with(policies())
        .by("CA", &b);
    let all = (0..100).map(|_| Made::authority("CA", &b).with(policies()).by("root", &a));
    let mut asked = query(&user, &root, &all.collect::<Vec<_>>());
    asked.policy = PathPolicy {
        initial: vec![asn1::oid!(1, 2, 3)],
        explicit: true,
        ..PathPolicy::default()
    };
    let verdict = ask(&asked);
    assert_eq!(refused(&verdict).0, Reason::LimitReached);
    assert!(
        (2..90).contains(&verdict.spent.paths),
        "{:?}",
        verdict.spent
    );
    // And of purposes, of which the last alone is missing.
    let purposes = |range: std::ops::Range<u16>| {
        let all: Vec<u8> = range.flat_map(identifier).collect();
        extension(37, false, &wrapped(0x30, &all))
    };
    let user = Made::user("user", &Key::new())
        .with(purposes(4000..8000))
        .by("CA", &b);
    let all = (0..100).map(|_| {
        Made::authority("CA", &b)
            .with(purposes(0..4000))
            .by("root", &a)
    });
    let verdict = ask(&query(&user, &root, &all.collect::<Vec<_>>()));
    assert_eq!(refused(&verdict).0, Reason::LimitReached);
    assert!(
        (2..90).contains(&verdict.spent.paths),
        "{:?}",
        verdict.spent
    );
}

/// What anyPolicy hands down is stated once, and costs at each depth.
#[test]
fn policies_that_are_handed_down_are_counted_at_each_depth() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let policy = |number| sequence(&[&identifier(number)]);
    let stated: Vec<u8> = (0..500).flat_map(policy).collect();
    let any = sequence(&[&sequence(&[&[6, 4, 0x55, 0x1D, 0x20, 0]])]);
    let any = || extension(32, false, &any);
    let mut all: Vec<_> = (0..40)
        .map(|_| {
            Made::authority("0", &b)
                .with(extension(32, false, &wrapped(0x30, &stated)))
                .by("root", &a)
        })
        .collect();
    let mut key = Key::new();
    all.push(Made::authority("1", &key).with(any()).by("0", &b));
    for depth in 2..8 {
        let next = Key::new();
        let made = Made::authority(&format!("{depth}"), &next).with(any());
        all.push(made.by(&format!("{}", depth - 1), &key));
        key = next;
    }
    let user = Made::user("user", &Key::new()).with(any()).by("7", &key);
    let mut asked = query(&user, &root, &all);
    asked.policy = PathPolicy {
        initial: vec![asn1::oid!(1, 2, 3)],
        explicit: true,
        ..PathPolicy::default()
    };
    let verdict = ask(&asked);
    assert_eq!(refused(&verdict).0, Reason::LimitReached);
    // 4,500 nodes and as many edges each: there is no room for the ninth.
    assert_eq!(verdict.spent.paths, 9, "{:?}", verdict.spent);
}

/// Some paths that are too costly by themselves do not end the search.
#[test]
fn paths_that_ask_too_much_hide_no_other() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let mappings = |count: u16| {
        let pairs: Vec<u8> = (0..count)
            .flat_map(|number| sequence(&[&identifier(number % 8000), &identifier(7)]))
            .collect();
        extension(33, true, &wrapped(0x30, &pairs))
    };
    let policies = |count: u16| {
        let policy = |number| sequence(&[&identifier(number)]);
        let all: Vec<u8> = (0..count).flat_map(policy).collect();
        extension(32, false, &wrapped(0x30, &all))
    };
    // More than the policies of one path may be, and more than their graph may take.
    for stated in [mappings(12_000), policies(4000)] {
        // They come first, as they were issued later.
        let costly = || {
            Made::authority("CA", &b)
                .validity(NOW - DAY, NOW + DAY)
                .with(stated.clone())
                .by("root", &a)
        };
        let other = Made::authority("CA", &b).by("root", &a);
        let user = Made::user("user", &Key::new())
            .with(policies(6000))
            .by("CA", &b);
        let mut all = Vec::new();
        for _ in 0..3 {
            all.push(costly());
            let verdict = ask(&query(&user, &root, &all));
            assert_eq!(refused(&verdict).0, Reason::LimitReached);
            let beside = [&all[..], std::slice::from_ref(&other)].concat();
            let verdict = ask(&query(&user, &root, &beside));
            assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
            assert_eq!(names(&verdict.path), [&other, &user]);
            assert_eq!(verdict.spent.paths as usize, all.len() + 1);
        }
    }
}

/// An anchor is reached from many certificates, whose own issuers reach none: they are no candidates.
#[test]
fn what_reaches_no_anchor_takes_no_steps() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let other = Made::authority("root", &b).root(&b);
    let middle = Made::authority("CA", &b).by("root", &a);
    let lost = (0..50).map(|number| {
        Made::authority("root", &Key::new()).by(&format!("nobody {number}"), &Key::new())
    });
    let user = Made::user("user", &Key::new()).by("CA", &b);
    let all: Vec<_> = lost.chain([middle, other]).collect();
    let verdict = ask(&query(&user, &root, &all));
    assert!(verdict.outcome.is_ok());
    assert!(verdict.spent.steps < 10, "{:?}", verdict.spent);
}

#[test]
fn a_target_that_no_path_can_save_is_refused_at_once() {
    let (anchor, all, keys) = mesh(40, 12);
    let user = Made::user("user", &Key::new())
        .validity(NOW - 9 * DAY, NOW - DAY)
        .by("39", &keys[39]);
    let verdict = ask(&query(&user, &anchor, &all));
    assert_eq!(refused(&verdict).0, Reason::Expired);
    assert_eq!(verdict.spent.paths, 1);
}

#[test]
fn a_chain_may_be_long_and_not_longer_than_allowed() {
    let mut key = Key::new();
    let root = Made::authority("0", &key).root(&key);
    let mut chain = Vec::new();
    for number in 1..200 {
        let next = Key::new();
        let made = Made::authority(&number.to_string(), &next);
        chain.push(made.by(&(number - 1).to_string(), &key));
        key = next;
    }
    let user = Made::user("user", &Key::new()).by("199", &key);
    let query = query(&user, &root, &chain);
    let verdict = ask(&query);
    assert!(verdict.outcome.is_ok());
    assert_eq!(verdict.path.len(), 200);
    let settings = Settings {
        limits: Limits {
            path_length: 199,
            ..Limits::default()
        },
        ..Settings::default()
    };
    let verdict = validate_target(&query, &settings);
    assert_eq!(refused(&verdict).0, Reason::LimitReached);
}

/// A member of a mesh makes up authorities, and certificates under each of their names for the one that
/// the target is below, no nearer to the anchor than the real one: all together they take the member's
/// turn.
#[test]
fn however_many_names_a_member_makes_up_the_others_have_their_turn() {
    let (root, bridge, member) = (Key::new(), Key::new(), Key::new());
    let (honest, below) = (Key::new(), Key::new());
    let anchor = Made::authority("root", &root).root(&root);
    let mut all = vec![
        Made::authority("bridge", &bridge).by("root", &root),
        Made::authority("member", &member).by("root", &root),
        Made::authority("honest", &honest).by("bridge", &bridge),
        Made::authority("CA", &below).by("honest", &honest),
    ];
    for number in 0..6 {
        let other = Made::authority(&format!("other {number}"), &Key::new());
        all.push(other.by("bridge", &bridge));
    }
    for number in 0..400 {
        let (name, key) = (format!("made up {number}"), Key::new());
        all.push(Made::authority(&name, &key).by("member", &member));
        // It says that it is the same, and came later.
        let same = Made::authority("CA", &Key::new())
            .key_identifier(Some(&below.identifier()))
            .validity(NOW - DAY, NOW + DAY);
        all.push(same.by(&name, &key));
    }
    let user = Made::user("user", &Key::new()).by("CA", &below);
    let verdict = ask(&query(&user, &anchor, &all));
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(verdict.path[1], all[2]);
    assert!(verdict.spent.signatures < 100, "{:?}", verdict.spent);
}
