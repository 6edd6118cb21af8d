//! Which anchors will do.

use super::*;

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

/// Whoever trusts what is no authority beside one that is hears of the path below that: forged paths below
/// the other would be all that are judged.
#[test]
fn an_anchor_that_is_no_authority_does_not_end_the_search() {
    let (a, b, c, forger) = (Key::new(), Key::new(), Key::new(), Key::new());
    let no_authority = Made::user("none", &a).by("somebody", &forger);
    let root = Made::authority("root", &b).root(&b);
    let forged = (0..300).map(|_| Made::authority("CA", &c).by("none", &forger));
    let mut key = Key::new();
    let mut all: Vec<_> = vec![Made::authority("0", &key).by("root", &b)];
    for number in 1..3 {
        let next = Key::new();
        let made = Made::authority(&number.to_string(), &next);
        all.push(made.by(&(number - 1).to_string(), &key));
        key = next;
    }
    all.push(Made::authority("CA", &c).by("2", &key));
    all.extend(forged);
    let user = Made::user("user", &Key::new()).by("CA", &c);
    let verdict = ask(&Query {
        anchors: [no_authority, root].into(),
        ..query(&user, &user, &all)
    });
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(verdict.path.len(), 5);
}

/// However many have the name and key of the right one: a store keeps what was trusted before.
#[test]
fn anchors_that_are_refused_use_up_no_paths() {
    let key = Key::new();
    let ended = || {
        Made::authority("root", &key)
            .validity(NOW - 9 * DAY, NOW - DAY)
            .root(&key)
    };
    let root = Made::authority("root", &key).root(&key);
    let user = Made::user("user", &Key::new()).by("root", &key);
    let mut anchors: Vec<_> = (0..300).map(|_| ended()).collect();
    anchors.push(root.clone());
    let verdict = ask(&Query {
        anchors: anchors.into(),
        ..query(&user, &root, &[])
    });
    assert!(verdict.outcome.is_ok(), "{:?}", verdict.outcome);
    assert_eq!(verdict.anchor, Some(root));
    assert_eq!(verdict.spent.paths, 1);
}
