//! Policies along a path.

use super::*;

/// Octets of 1.2.3.number.
fn policy_octets(number: u8) -> Vec<u8> {
    wrapped(6, &[0x2a, 3, number])
}

fn policy(number: u8) -> Oid {
    Oid::from_der(&[0x2a, 3, number]).unwrap()
}

fn any_policy() -> Vec<u8> {
    wrapped(6, ANY_POLICY.as_der())
}

fn policies_of(list: &[Vec<u8>]) -> Vec<u8> {
    let informations: Vec<u8> = list.iter().flat_map(|one| wrapped(0x30, one)).collect();
    extension(32, false, &wrapped(0x30, &informations))
}

fn mappings_of(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let pairs: Vec<u8> = pairs.iter().flat_map(|(a, b)| sequence(&[a, b])).collect();
    extension(33, true, &wrapped(0x30, &pairs))
}

/// requireExplicitPolicy, inhibitPolicyMapping.
fn limits_of(explicit: Option<u8>, mapping: Option<u8>) -> Vec<u8> {
    let part = |tag: u8, number: Option<u8>| number.map(|n| vec![tag, 1, n]).unwrap_or_default();
    extension(
        36,
        true,
        &sequence(&[&part(0x80, explicit), &part(0x81, mapping)]),
    )
}

#[test]
fn policies_are_those_that_every_certificate_asserts() {
    let keys = Keys::new();
    let path = keys.path(
        |m| m.with(policies_of(&[policy_octets(1), policy_octets(2)])),
        |m| m.with(policies_of(&[policy_octets(2), policy_octets(3)])),
    );
    let asked = |initial: Vec<Oid>, explicit| PathPolicy {
        initial,
        explicit,
        ..Default::default()
    };
    let sets = judge(&keys.anchor(), &path, &asked(vec![ANY_POLICY], true))
        .unwrap()
        .policies;
    assert_eq!(
        (sets.authority, sets.user),
        (vec![policy(2)], vec![policy(2)])
    );
    let sets = judge(&keys.anchor(), &path, &asked(vec![policy(3)], false))
        .unwrap()
        .policies;
    assert_eq!((sets.authority, sets.user), (vec![policy(2)], vec![]));
    for initial in [vec![policy(3)], vec![]] {
        let refusal = judge(&keys.anchor(), &path, &asked(initial, true)).unwrap_err();
        assert_eq!(refusal.reason, Reason::PolicyRequired);
    }
    let none = keys.path(|m| m, |m| m);
    let refusal = judge(&keys.anchor(), &none, &asked(vec![ANY_POLICY], true)).unwrap_err();
    assert_eq!(refusal.reason, Reason::PolicyRequired);
}

#[test]
fn any_policy_is_every_policy_until_it_is_inhibited() {
    let keys = Keys::new();
    let any = |m: Made| m.with(policies_of(&[any_policy()]));
    let path = keys.path(any, any);
    let inputs = PathPolicy {
        initial: vec![policy(7)],
        explicit: true,
        ..Default::default()
    };
    let sets = judge(&keys.anchor(), &path, &inputs).unwrap().policies;
    assert_eq!(
        (sets.authority, sets.user),
        (vec![ANY_POLICY], vec![policy(7)])
    );
    let inhibited = PathPolicy {
        inhibit_any: true,
        ..inputs.clone()
    };
    let refusal = judge(&keys.anchor(), &path, &inhibited).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.index),
        (Reason::PolicyRequired, Some(0))
    );
    let one = |m: Made| any(m).with(extension(54, true, &[2, 1, 0]));
    let refusal = judge(&keys.anchor(), &keys.path(one, any), &inputs).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.index),
        (Reason::PolicyRequired, Some(1))
    );
    let anchor = Made::authority("Root", &keys.root)
        .with(extension(54, true, &[2, 1, 0]))
        .root(&keys.root);
    assert_eq!(
        judge(&anchor, &path, &inputs).unwrap_err().reason,
        Reason::PolicyRequired
    );
}

#[test]
fn mapped_policies_are_told_by_the_name_the_anchor_side_has() {
    let keys = Keys::new();
    let map = mappings_of(&[(policy_octets(1), policy_octets(2))]);
    let authority = |m: Made| m.with(policies_of(&[policy_octets(1)])).with(map.clone());
    let path = keys.path(authority, |m| m.with(policies_of(&[policy_octets(2)])));
    let inputs = PathPolicy {
        explicit: true,
        ..Default::default()
    };
    let sets = judge(&keys.anchor(), &path, &inputs).unwrap().policies;
    assert_eq!(sets.user, [policy(1)]);
    let inhibited = PathPolicy {
        inhibit_mapping: true,
        ..inputs.clone()
    };
    assert_eq!(
        judge(&keys.anchor(), &path, &inhibited).unwrap_err().reason,
        Reason::PolicyRequired
    );
    let anchor = Made::authority("Root", &keys.root)
        .with(limits_of(None, Some(0)))
        .root(&keys.root);
    assert_eq!(
        judge(&anchor, &path, &inputs).unwrap_err().reason,
        Reason::PolicyRequired
    );
    // A policy that only anyPolicy asserts can be mapped too.
    let authority = |m: Made| m.with(policies_of(&[any_policy()])).with(map.clone());
    let path = keys.path(authority, |m| m.with(policies_of(&[policy_octets(2)])));
    let sets = judge(&keys.anchor(), &path, &inputs).unwrap().policies;
    assert_eq!(sets.user, [policy(1)]);
    for pair in [
        (any_policy(), policy_octets(1)),
        (policy_octets(1), any_policy()),
    ] {
        let path = keys.path(|m| m.with(mappings_of(&[pair])), |m| m);
        assert_eq!(
            reason(&keys.anchor(), &path),
            Some(Reason::PolicyMappingInvalid)
        );
    }
}

#[test]
fn explicit_policy_is_required_where_a_certificate_says_so() {
    let keys = Keys::new();
    for (skip, wanted) in [
        (0, Some(Reason::PolicyRequired)),
        (1, Some(Reason::PolicyRequired)),
        (2, None),
    ] {
        let path = keys.path(|m| m.with(limits_of(Some(skip), None)), |m| m);
        assert_eq!(reason(&keys.anchor(), &path), wanted, "{skip}");
    }
    let path = keys.path(|m| m, |m| m.with(limits_of(Some(0), None)));
    assert_eq!(reason(&keys.anchor(), &path), Some(Reason::PolicyRequired));
    let anchor = Made::authority("Root", &keys.root)
        .with(limits_of(Some(0), None))
        .root(&keys.root);
    let refusal = judge(&anchor, &keys.path(|m| m, |m| m), &PathPolicy::default()).unwrap_err();
    assert_eq!(
        (refusal.reason, refusal.index),
        (Reason::PolicyRequired, Some(0))
    );
}

#[test]
fn mappings_of_nine_levels_stay_a_graph() {
    let keys = Keys::new();
    let all: Vec<Key> = (0..9).map(|_| Key::new()).collect();
    let list: Vec<_> = (1..=24).map(policy_octets).collect();
    let pairs: Vec<_> = list
        .iter()
        .flat_map(|a| list.iter().map(|b| (a.clone(), b.clone())))
        .collect();
    let mut path = Vec::new();
    for (n, key) in all.iter().enumerate() {
        let made = Made::authority(&format!("CA{n}"), key)
            .with(policies_of(&list))
            .with(mappings_of(&pairs));
        path.push(match n {
            0 => made.by("Root", &keys.root),
            _ => made.by(&format!("CA{}", n - 1), &all[n - 1]),
        });
    }
    path.push(
        Made::user("User", &keys.user)
            .with(policies_of(&list))
            .by("CA8", &all[8]),
    );
    let inputs = PathPolicy {
        explicit: true,
        ..Default::default()
    };
    let sets = judge(&keys.anchor(), &path, &inputs).unwrap().policies;
    assert_eq!(sets.user.len(), 24);
    // Twice as many are more than anybody needs.
    let twice: Vec<_> = path[..9].iter().chain(&path[..9]).cloned().collect();
    let mut signatures = Signatures::new(SignaturePolicy::default(), 1000);
    let refusal = policies(&keys.anchor(), &twice, &inputs, &mut signatures).unwrap_err();
    assert_eq!(refusal.reason, Reason::LimitReached);
    // They took an eighth of that, and the last look of it.
    assert_eq!(signatures.left(), 1000 - 125);
}

/// Whatever the certificate below states.
#[test]
fn policies_that_are_mapped_below_any_policy_are_counted() {
    let keys = Keys::new();
    let mapped = |number: u8| (policy_octets(number), policy_octets(120));
    let pairs: Vec<_> = (1..=100).map(mapped).collect();
    let path = keys.path(
        |m| {
            m.with(policies_of(&[any_policy()]))
                .with(mappings_of(&pairs))
        },
        |m| m,
    );
    let mut signatures = Signatures::new(SignaturePolicy::default(), 1000);
    policies(
        &keys.anchor(),
        &path,
        &PathPolicy::default(),
        &mut signatures,
    )
    .unwrap();
    // 101 are stated, and as many nodes of the graph have an edge each.
    assert_eq!(signatures.left(), 1000 - (101 * 2 + 101 * 6) / 256);
}
