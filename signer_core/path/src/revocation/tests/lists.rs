//! What a list says, and of which time.

use super::*;

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
