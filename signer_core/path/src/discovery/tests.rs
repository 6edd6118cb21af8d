use std::sync::Arc;

use super::*;
use crate::certificate::Certificate;
use crate::policies::PathPolicy;
use crate::pool::{Material, Pool};
use crate::revocation::RevocationMode;
use crate::testing::{DAY, Key, Made, NOW};
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
