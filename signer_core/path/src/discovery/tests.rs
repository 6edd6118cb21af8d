use std::sync::Arc;

use super::*;
use crate::certificate::Certificate;
use crate::octets::wrapped;
use crate::policies::PathPolicy;
use crate::pool::{Material, Pool};
use crate::revocation::RevocationMode;
use crate::testing::{DAY, Key, Made, MadeList, NOW, extension, sequence};
use crate::verdict::Reason;

fn pool(certificates: &[Certificate]) -> Arc<Pool> {
    let materials: Vec<_> = certificates
        .iter()
        .map(|one| Arc::new(Material::read(one.octets())))
        .collect();
    Arc::new(Pool::new(&materials))
}

fn query(target: &Certificate, anchor: &Certificate, pooled: &[Certificate]) -> Query {
    Query {
        target: target.clone(),
        anchors: [anchor.clone()].into(),
        pool: pool(pooled),
        at: NOW,
        policy: PathPolicy::default(),
        revocation: RevocationMode::Off,
    }
}

fn ask(query: &Query) -> Verdict {
    validate_target(query, &Settings::default())
}

fn refused(verdict: &Verdict) -> (Reason, Option<usize>) {
    let refusal = verdict.outcome.as_ref().unwrap_err();
    (refusal.reason, refusal.index)
}

fn names(path: &[Certificate]) -> Vec<&Certificate> {
    path.iter().collect()
}

#[test]
fn a_path_runs_from_the_anchors_first_certificate_to_the_target() {
    let (a, b, c) = (Key::new(), Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let middle = Made::authority("middle", &b).by("root", &a);
    let last = Made::authority("last", &c).by("middle", &b);
    let user = Made::user("user", &Key::new()).by("last", &c);
    let verdict = ask(&query(
        &user,
        &root,
        &[last.clone(), root.clone(), middle.clone()],
    ));
    assert!(verdict.outcome.is_ok());
    assert_eq!(names(&verdict.path), [&middle, &last, &user]);
    assert_eq!(verdict.anchor, Some(root.clone()));
    // Straight from the anchor.
    let direct = ask(&query(&middle, &root, &[]));
    assert!(direct.outcome.is_ok());
    assert_eq!(names(&direct.path), [&middle]);
    // The anchor's own certificate, which it signed.
    assert!(ask(&query(&root, &root, &[])).outcome.is_ok());
}

#[test]
fn key_identifiers_say_what_is_tried_first_and_never_what_is_not() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let unlike = Made::authority("CA", &b)
        .key_identifier(Some(&[1, 2, 3]))
        .by("root", &a);
    let like = Made::authority("CA", &b).by("root", &a);
    let user = Made::user("user", &Key::new()).by("CA", &b);
    let verdict = ask(&query(&user, &root, std::slice::from_ref(&unlike)));
    assert!(verdict.outcome.is_ok());
    let verdict = ask(&query(&user, &root, &[unlike, like.clone()]));
    assert_eq!(names(&verdict.path), [&like, &user]);
}

#[test]
fn an_anchor_that_ended_does_not_end_the_search() {
    let (a, b) = (Key::new(), Key::new());
    let ended = Made::authority("root", &a)
        .validity(NOW - 9 * DAY, NOW - DAY)
        .root(&a);
    let renewed = Made::authority("root", &a).root(&a);
    let middle = Made::authority("CA", &b).by("root", &a);
    let user = Made::user("user", &Key::new()).by("CA", &b);
    let asked = |anchors: Vec<Certificate>| {
        ask(&Query {
            anchors: anchors.into(),
            ..query(&user, &ended, std::slice::from_ref(&middle))
        })
    };
    for anchors in [
        vec![ended.clone(), renewed.clone()],
        vec![renewed.clone(), ended.clone()],
    ] {
        let verdict = asked(anchors);
        assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
        assert_eq!(verdict.anchor.as_ref(), Some(&renewed));
    }
    let verdict = asked(vec![ended.clone()]);
    assert_eq!(refused(&verdict), (Reason::Expired, None));
    assert_eq!(names(&verdict.path), [&middle, &user]);
}

#[test]
fn generations_of_one_name_are_told_apart_by_their_keys() {
    let (a, old, new) = (Key::new(), Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    // Identifiers that tell nothing.
    let older = Made::authority("CA", &old)
        .key_identifier(Some(&[1]))
        .by("root", &a);
    let newer = Made::authority("CA", &new)
        .key_identifier(Some(&[1]))
        .by("root", &a);
    let both = [older.clone(), newer.clone()];
    let of_old = Made::user("user", &Key::new()).by("CA", &old);
    let of_new = Made::user("user", &Key::new()).by("CA", &new);
    assert_eq!(
        names(&ask(&query(&of_old, &root, &both)).path),
        [&older, &of_old]
    );
    assert_eq!(
        names(&ask(&query(&of_new, &root, &both)).path),
        [&newer, &of_new]
    );
    // Only the old one is trusted; a link certificate leads to the new one.
    let anchor = Made::authority("CA", &old).root(&old);
    let link = Made::authority("CA", &new).by("CA", &old);
    let verdict = ask(&query(&of_new, &anchor, std::slice::from_ref(&link)));
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(names(&verdict.path), [&link, &of_new]);
}

#[test]
fn authorities_that_certify_each_other_do_not_hold_it_up() {
    let keys: Vec<Key> = (0..4).map(|_| Key::new()).collect();
    let mut all = Vec::new();
    for (issuer, issuing) in keys.iter().enumerate() {
        for (subject, key) in keys.iter().enumerate() {
            all.push(Made::authority(&format!("{subject}"), key).by(&format!("{issuer}"), issuing));
        }
    }
    let anchor_key = Key::new();
    let anchor = Made::authority("anchor", &anchor_key).root(&anchor_key);
    let user = Made::user("user", &Key::new()).by("0", &keys[0]);
    let verdict = ask(&query(&user, &anchor, &all));
    assert_eq!(refused(&verdict), (Reason::NoPath, None));
    assert_eq!(verdict.spent.signatures, 0, "nothing leads to the anchor");
    all.push(Made::authority("3", &keys[3]).by("anchor", &anchor_key));
    let verdict = ask(&query(&user, &anchor, &all));
    assert!(verdict.outcome.is_ok());
    assert_eq!(verdict.path.len(), 3, "the shortest");
}

#[test]
fn what_is_not_valid_then_is_gone_around() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let ended = Made::authority("CA", &b)
        .validity(NOW - 50 * DAY, NOW - DAY)
        .by("root", &a);
    let bridge_key = Key::new();
    let bridge = Made::authority("bridge", &bridge_key).by("root", &a);
    let around = Made::authority("CA", &b).by("bridge", &bridge_key);
    let user = Made::user("user", &Key::new()).by("CA", &b);
    let verdict = ask(&query(
        &user,
        &root,
        &[ended.clone(), bridge.clone(), around.clone()],
    ));
    assert!(verdict.outcome.is_ok());
    assert_eq!(names(&verdict.path), [&bridge, &around, &user]);
    // Then it was valid, and is shorter.
    let mut then = query(&user, &root, &[ended.clone(), bridge, around]);
    then.at = NOW - 2 * DAY;
    assert_eq!(names(&ask(&then).path), [&ended, &user]);
}

#[test]
fn the_refusal_says_what_the_closest_path_lacks() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let ended = Made::authority("CA", &b)
        .validity(NOW - 50 * DAY, NOW - DAY)
        .by("root", &a);
    let user = Made::user("user", &Key::new()).by("CA", &b);
    let verdict = ask(&query(&user, &root, std::slice::from_ref(&ended)));
    assert_eq!(refused(&verdict), (Reason::Expired, Some(0)));
    assert_eq!(names(&verdict.path), [&ended, &user]);

    let middle = Made::authority("CA", &b).by("root", &a);
    let forged = Made::user("user", &Key::new()).by("CA", &Key::new());
    let verdict = ask(&query(&forged, &root, std::slice::from_ref(&middle)));
    assert_eq!(refused(&verdict), (Reason::SignatureInvalid, Some(1)));
    let twice = [middle, Made::authority("CA", &Key::new()).by("root", &a)];
    let verdict = ask(&query(&forged, &root, &twice));
    assert_eq!(refused(&verdict), (Reason::SignatureInvalid, Some(1)));

    let nobodys = Made::user("user", &Key::new()).by("nobody", &Key::new());
    let verdict = ask(&query(&nobodys, &root, &twice));
    assert_eq!(refused(&verdict), (Reason::NoPath, None));
    assert!(verdict.path.is_empty() && verdict.anchor.is_none());
}

/// `size` authorities, each certified by `degree` others; the anchor certifies the first.
fn mesh(size: usize, degree: usize) -> (Certificate, Vec<Certificate>, Vec<Key>) {
    let keys: Vec<Key> = (0..size).map(|_| Key::new()).collect();
    let anchor_key = Key::new();
    let anchor = Made::authority("anchor", &anchor_key).root(&anchor_key);
    let mut all = vec![Made::authority("0", &keys[0]).by("anchor", &anchor_key)];
    for (subject, key) in keys.iter().enumerate() {
        for step in 0..degree {
            let issuer = (subject * 7 + step * 11 + 1) % size;
            all.push(
                Made::authority(&format!("{subject}"), key).by(&format!("{issuer}"), &keys[issuer]),
            );
        }
    }
    (anchor, all, keys)
}

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
    assert!(verdict.spent.steps <= limits.steps && verdict.spent.paths <= limits.paths);
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
        assert!(verdict.spent.steps <= limits.steps && verdict.spent.paths <= limits.paths);
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
    let policies: Vec<u8> = (0..4000).flat_map(policy).collect();
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

/// One path that is too costly by itself does not end the search.
#[test]
fn a_path_that_asks_too_much_hides_no_other() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let mappings: Vec<u8> = (0..25_100)
        .flat_map(|number| sequence(&[&identifier(number % 8000), &identifier(7)]))
        .collect();
    let mappings = || extension(33, true, &wrapped(0x30, &mappings));
    // More than the policies of one path may be; it comes first, as it was issued later.
    let costly = Made::authority("CA", &b)
        .validity(NOW - DAY, NOW + DAY)
        .with(mappings())
        .by("root", &a);
    let other = Made::authority("CA", &b).by("root", &a);
    let user = Made::user("user", &Key::new())
        .with(mappings())
        .by("CA", &b);
    let verdict = ask(&query(&user, &root, std::slice::from_ref(&costly)));
    assert_eq!(refused(&verdict).0, Reason::LimitReached);
    let verdict = ask(&query(&user, &root, &[costly, other.clone()]));
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(names(&verdict.path), [&other, &user]);
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

#[test]
fn any_of_the_anchors_will_do() {
    let (a, b) = (Key::new(), Key::new());
    let one = Made::authority("one", &a).root(&a);
    let two = Made::authority("two", &b).root(&b);
    let user = Made::user("user", &Key::new()).by("two", &b);
    let mut query = query(&user, &one, &[]);
    assert_eq!(refused(&ask(&query)).0, Reason::NoPath);
    query.anchors = [one, two.clone()].into();
    let verdict = ask(&query);
    assert!(verdict.outcome.is_ok());
    assert_eq!(verdict.anchor, Some(two));
}

#[test]
fn an_anchor_that_another_key_signed_is_trusted_when_it_is_asked_about() {
    let (a, b) = (Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let middle = Made::authority("CA", &b).by("root", &a);
    let mut itself = query(&middle, &middle, &[]);
    let verdict = ask(&itself);
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(verdict.anchor.as_ref(), Some(&middle));
    assert!(verdict.path.is_empty() && verdict.spent.paths == 0);
    // Nobody who is trusted says that it was not revoked: not its own key either.
    let own = MadeList::of("root").sign(&b);
    itself.pool = Arc::new(Pool::new(&[Arc::new(Material::read(own.octets()))]));
    itself.revocation = RevocationMode::Require(Default::default());
    assert_eq!(refused(&ask(&itself)), (Reason::RevocationUnknown, None));
    // What it says against itself counts.
    let ended = Made::authority("CA", &b)
        .validity(NOW - 9 * DAY, NOW - DAY)
        .by("root", &a);
    let end_entity = Made::user("CA", &b).by("root", &a);
    for (target, reason) in [
        (&ended, Reason::Expired),
        (&end_entity, Reason::NotAnAuthority),
    ] {
        let verdict = ask(&query(target, target, &[]));
        assert_eq!(refused(&verdict), (reason, None));
        assert_eq!(verdict.anchor.as_ref(), Some(target));
    }
    // A policy is asked of it as of any target.
    let mut explicit = query(&middle, &middle, &[]);
    explicit.policy.explicit = true;
    explicit.policy.initial = vec![asn1::oid!(1, 2, 3)];
    assert_eq!(refused(&ask(&explicit)).0, Reason::PolicyRequired);
    // A path from another anchor does as well, and has evidence.
    let mut both = query(&middle, &middle, std::slice::from_ref(&ended));
    both.anchors = [middle.clone(), root.clone()].into();
    assert!(ask(&both).path.is_empty());
    let list = MadeList::of("root").sign(&a);
    both.pool = Arc::new(Pool::new(&[Arc::new(Material::read(list.octets()))]));
    both.revocation = RevocationMode::Require(Default::default());
    let verdict = ask(&both);
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(names(&verdict.path), [&middle]);
    // Self-issued is not self-signed.
    let link = Made::authority("CA", &b).by("CA", &Key::new());
    let verdict = ask(&query(&link, &link, &[]));
    assert!(verdict.outcome.is_ok() && verdict.path.is_empty());
    // One that differs in an octet is another certificate.
    let twin = Made::authority("CA", &b).by("root", &a);
    assert_eq!(refused(&ask(&query(&twin, &link, &[]))).0, Reason::NoPath);
}

#[test]
fn a_batch_answers_in_the_order_asked() {
    let key = Key::new();
    let root = Made::authority("root", &key).root(&key);
    let good = query(
        &Made::user("user", &Key::new()).by("root", &key),
        &root,
        &[],
    );
    let bad = query(
        &Made::user("user", &Key::new()).by("root", &Key::new()),
        &root,
        &[],
    );
    let queries: Vec<Query> = (0..200)
        .map(|number| {
            if number % 3 == 0 {
                bad.clone()
            } else {
                good.clone()
            }
        })
        .collect();
    let verdicts = batch(&queries, &Settings::default()).unwrap();
    assert_eq!(verdicts.len(), 200);
    for (number, verdict) in verdicts.iter().enumerate() {
        assert_eq!(verdict.outcome.is_ok(), number % 3 != 0, "{number}");
    }
}
