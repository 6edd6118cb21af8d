//! Validity, names that chain, authorities, lengths, signatures, unknown extensions.

use super::*;

#[test]
fn a_plain_path_is_valid_and_says_nothing_of_policies() {
    let keys = Keys::new();
    let found = judge(
        &keys.anchor(),
        &keys.path(|m| m, |m| m),
        &PathPolicy::default(),
    )
    .unwrap();
    assert_eq!(found.policies, PolicySets::default());
    assert!(found.evidence.is_empty());
}

#[test]
fn validity_is_inclusive_at_both_ends() {
    let keys = Keys::new();
    for (from, until, wanted) in [
        (NOW, NOW + DAY, None),
        (NOW - DAY, NOW, None),
        (NOW + 1, NOW + DAY, Some(Reason::NotYetValid)),
        (NOW - DAY, NOW - 1, Some(Reason::Expired)),
    ] {
        let path = keys.path(|m| m, |m| m.validity(from, until));
        assert_eq!(reason(&keys.anchor(), &path), wanted);
    }
    let old = Made::authority("Root", &keys.root)
        .validity(NOW - DAY, NOW - 1)
        .root(&keys.root);
    let refusal = judge(&old, &keys.path(|m| m, |m| m), &PathPolicy::default()).unwrap_err();
    assert_eq!((refusal.reason, refusal.index), (Reason::Expired, None));
}

#[test]
fn a_forged_certificate_is_refused_by_its_signature_and_place() {
    let keys = Keys::new();
    let mut path = keys.path(|m| m, |m| m);
    path[1] = Made::user("User", &keys.user).by("CA", &Key::new());
    let refusal = judge(&keys.anchor(), &path, &PathPolicy::default()).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.index),
        (Reason::SignatureInvalid, Some(1))
    );
    assert_eq!(refusal.certificate.as_ref(), Some(path[1].sha256()));
}

#[test]
fn names_must_chain_and_issuers_be_authorities_that_sign() {
    let keys = Keys::new();
    let stranger = Made::user("User", &keys.user).by("Other", &keys.authority);
    let path = [keys.path(|m| m, |m| m)[0].clone(), stranger];
    assert_eq!(reason(&keys.anchor(), &path), Some(Reason::IssuerMismatch));
    let no_authority = [
        Made::user("CA", &keys.authority).by("Root", &keys.root),
        Made::user("User", &keys.user).by("CA", &keys.authority),
    ];
    assert_eq!(
        reason(&keys.anchor(), &no_authority),
        Some(Reason::NotAnAuthority)
    );
    // cRLSign alone.
    let path = keys.path(|m| m.usage(0b0000_0010), |m| m);
    assert_eq!(reason(&keys.anchor(), &path), Some(Reason::KeyUsage));
    let anchor = Made::authority("Root", &keys.root)
        .usage(0b0000_0010)
        .root(&keys.root);
    assert_eq!(
        reason(&anchor, &keys.path(|m| m, |m| m)),
        Some(Reason::KeyUsage)
    );
}

#[test]
fn a_target_may_be_an_authority() {
    let keys = Keys::new();
    assert_eq!(reason(&keys.anchor(), &keys.path(|m| m, |m| m)[..1]), None);
    // And the anchor itself.
    assert_eq!(reason(&keys.anchor(), &[keys.anchor()]), None);
    assert_eq!(reason(&keys.anchor(), &[]), Some(Reason::NoPath));
}

/// An authority made by itself has basicConstraints of its own here.
fn limited(subject: &str, key: &Key, length: u8) -> Made {
    let basic = sequence(&[&[1, 1, 0xff], &[2, 1, length]]);
    Made::user(subject, key)
        .usage(0b0000_0110)
        .with(extension(19, true, &basic))
}

#[test]
fn path_lengths_count_what_is_not_self_issued() {
    let keys = Keys::new();
    let new_key = Key::new();
    let anchor = keys.anchor();
    let first = limited("CA", &keys.authority, 0).by("Root", &keys.root);
    let below = Made::authority("Sub", &new_key).by("CA", &keys.authority);
    let user = Made::user("User", &keys.user).by("Sub", &new_key);
    assert_eq!(
        reason(&anchor, &[first.clone(), below.clone(), user.clone()]),
        Some(Reason::PathTooLong)
    );
    // The last certificate is no intermediate one.
    assert_eq!(reason(&anchor, &[first.clone(), below.clone()]), None);
    let rolled = Made::authority("CA", &new_key).by("CA", &keys.authority);
    let user_of_ca = Made::user("User", &keys.user).by("CA", &new_key);
    assert_eq!(reason(&anchor, &[first, rolled, user_of_ca]), None);
    let strict = limited("Root", &keys.root, 0).root(&keys.root);
    let middle = Made::authority("CA", &keys.authority).by("Root", &keys.root);
    assert_eq!(
        reason(&strict, &[middle, below, user]),
        Some(Reason::PathTooLong)
    );
}

#[test]
fn signatures_are_counted() {
    let keys = Keys::new();
    let path = keys.path(|m| m, |m| m);
    // On P-256 one costs three of RSA 2048: one signature, and not two.
    let mut signatures = Signatures::new(SignaturePolicy::default(), 5);
    let policy = PathPolicy::default();
    let refusal =
        validate_path(&keys.anchor(), &path, NOW, &policy, None, &mut signatures).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.index),
        (Reason::LimitReached, Some(1))
    );
}

#[test]
fn unknown_critical_extensions_are_refused_wherever_they_stand() {
    let keys = Keys::new();
    let strange = || extension_of(&[0x2a, 3, 4], true, b"x");
    let harmless = || extension_of(&[0x2a, 3, 4], false, b"x");
    let anchor = Made::authority("Root", &keys.root)
        .with(strange())
        .root(&keys.root);
    let wanted = Some(Reason::UnknownCriticalExtension);
    assert_eq!(reason(&anchor, &keys.path(|m| m, |m| m)), wanted);
    assert_eq!(
        reason(&keys.anchor(), &keys.path(|m| m.with(strange()), |m| m)),
        wanted
    );
    assert_eq!(
        reason(&keys.anchor(), &keys.path(|m| m, |m| m.with(strange()))),
        wanted
    );
    assert_eq!(
        reason(&keys.anchor(), &keys.path(|m| m, |m| m.with(harmless()))),
        None
    );
}

/// It takes time, and who makes certificates makes any point: it is looked at where a signature was paid
/// for, and the target's is counted by itself.
#[test]
fn a_point_is_looked_at_where_that_is_paid_for() {
    let keys = Keys::new();
    let off_curve = |key: &Key| {
        let mut spki = key.spki();
        *spki.last_mut().unwrap() ^= 1;
        spki
    };
    let refused = |path: &[Certificate]| {
        let refusal = judge(&keys.anchor(), path, &PathPolicy::default()).unwrap_err();
        (refusal.reason, refusal.index, refusal.rule)
    };
    let rule = "the point is not on the curve";
    // Of an authority, and of the target.
    let path = keys.path(|made| made.spki(off_curve(&keys.authority)), |made| made);
    assert_eq!(refused(&path), (Reason::KeyRefused, Some(0), rule));
    let path = keys.path(|made| made, |made| made.spki(off_curve(&keys.user)));
    assert_eq!(refused(&path), (Reason::KeyRefused, Some(1), rule));
    // Below what nobody signed.
    let forged = Made::authority("CA", &keys.authority)
        .spki(off_curve(&keys.authority))
        .by("Root", &Key::new());
    let user = Made::user("User", &keys.user).by("CA", &keys.authority);
    let forged = [forged, user];
    let (reason, index, _) = refused(&forged);
    assert_eq!((reason, index), (Reason::SignatureInvalid, Some(0)));
    // Nor does it matter whether somebody asked about that key before.
    let signatures = Signatures::new(SignaturePolicy::default(), 10);
    assert_eq!(signatures.judge(forged[0].key()), Err(rule));
    let (reason, index, _) = refused(&forged);
    assert_eq!((reason, index), (Reason::SignatureInvalid, Some(0)));
    // Two signatures of P-256 are paid for, and the third point is not.
    let judged = |limit| {
        let mut signatures = Signatures::new(SignaturePolicy::default(), limit);
        let path = keys.path(|made| made, |made| made);
        let policy = PathPolicy::default();
        let judged = validate_path(&keys.anchor(), &path, NOW, &policy, None, &mut signatures);
        (judged.map(|_| ()), signatures)
    };
    let (valid, mut signatures) = judged(6);
    assert_eq!(valid, Ok(()));
    let looks = (0..).take_while(|_| signatures.look(1).is_ok()).count();
    assert!(looks < 256 - 96, "{looks}");
}
