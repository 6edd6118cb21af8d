//! Which path is found, and what is said where there is none.

use super::*;

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

/// What a stranger made beside it is not told instead.
#[test]
fn the_refusal_is_not_a_strangers_to_choose() {
    let (a, b, c, forger) = (Key::new(), Key::new(), Key::new(), Key::new());
    let root = Made::authority("root", &a).root(&a);
    let no_room = extension(19, true, &sequence(&[&[1, 1, 0xFF], &[2, 1, 0]]));
    let short = Made::user("A", &b)
        .usage(0b0000_0110)
        .with(no_room.clone())
        .by("root", &a);
    let below = Made::authority("B", &c).by("A", &b);
    let user = Made::user("user", &Key::new()).by("B", &c);
    let mut weak = b.spki();
    // The last octet of the curve's name.
    weak[22] ^= 1;
    let other = Made::authority("A", &b).spki(weak).by("root", &a);
    let made_up = Key::new();
    let nobodys = Made::authority("X", &made_up).by("root", &forger);
    let nobodys_short = Made::user("X", &made_up)
        .usage(0b0000_0110)
        .with(no_room)
        .by("root", &forger);
    // The key of B below what is made up, and below A itself.
    let copy = || Made::authority("B", &c).validity(NOW - DAY, NOW + DAY);
    let by_nobody = copy().by("X", &made_up);
    let by_another = copy().by("A", &forger);
    for (real, reason, index) in [
        (&short, Reason::PathTooLong, 1),
        (&other, Reason::KeyRefused, 0),
    ] {
        let pool = [real.clone(), below.clone()];
        let alone = ask(&query(&user, &root, &pool));
        assert_eq!(refused(&alone), (reason, Some(index)));
        for forged in [
            vec![&nobodys, &by_nobody],
            vec![&nobodys_short, &by_nobody],
            vec![&by_another],
        ] {
            let forged: Vec<_> = forged.into_iter().cloned().chain(pool.clone()).collect();
            let verdict = ask(&query(&user, &root, &forged));
            assert_eq!(refused(&verdict), (reason, Some(index)), "{forged:?}");
            assert_eq!(verdict.path[index], alone.path[index]);
        }
    }
}
