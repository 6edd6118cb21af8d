//! Numbers, and deltas.

use super::*;

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
