//! Paths of one authority below an anchor and a target, each with something about it.

use super::*;
use crate::Oid;
use crate::octets::wrapped;
use crate::policies::ANY_POLICY;
use crate::pool::Material;
use crate::signature::SignaturePolicy;
use crate::testing::{DAY, Key, Made, NOW, directory, extension, extension_of, name, sequence};

struct Keys {
    root: Key,
    authority: Key,
    user: Key,
}

impl Keys {
    fn new() -> Self {
        Self {
            root: Key::new(),
            authority: Key::new(),
            user: Key::new(),
        }
    }

    fn anchor(&self) -> Certificate {
        Made::authority("Root", &self.root).root(&self.root)
    }

    /// The anchor, an authority and a user, as `authority` and `user` change them.
    fn path(
        &self,
        authority: impl FnOnce(Made) -> Made,
        user: impl FnOnce(Made) -> Made,
    ) -> [Certificate; 2] {
        [
            authority(Made::authority("CA", &self.authority)).by("Root", &self.root),
            user(Made::user("User", &self.user)).by("CA", &self.authority),
        ]
    }
}

fn judge(
    anchor: &Certificate,
    path: &[Certificate],
    policy: &PathPolicy,
) -> Result<Validated, Refusal> {
    let mut signatures = Signatures::new(SignaturePolicy::default(), 1000);
    validate_path(anchor, path, NOW, policy, None, &mut signatures)
}

fn reason(anchor: &Certificate, path: &[Certificate]) -> Option<Reason> {
    judge(anchor, path, &PathPolicy::default())
        .err()
        .map(|refusal| refusal.reason)
}

fn alt_names(names: &[Vec<u8>]) -> Vec<u8> {
    extension(17, false, &wrapped(0x30, &names.concat()))
}

fn constraints(permitted: &[Vec<u8>], excluded: &[Vec<u8>]) -> Vec<u8> {
    let list = |tag, names: &[Vec<u8>]| match names {
        [] => Vec::new(),
        names => {
            let trees: Vec<u8> = names.iter().flat_map(|name| wrapped(0x30, name)).collect();
            wrapped(tag, &trees)
        }
    };
    let both = [list(0xa0, permitted), list(0xa1, excluded)].concat();
    extension(30, true, &wrapped(0x30, &both))
}

fn dns(text: &str) -> Vec<u8> {
    wrapped(0x82, text.as_bytes())
}

fn mail(text: &str) -> Vec<u8> {
    wrapped(0x81, text.as_bytes())
}

fn uri(text: &str) -> Vec<u8> {
    wrapped(0x86, text.as_bytes())
}

fn ip(octets: &[u8]) -> Vec<u8> {
    wrapped(0x87, octets)
}

fn other(arc: u8) -> Vec<u8> {
    let kind = [6, 3, 0x2b, 6, arc];
    wrapped(
        0xa0,
        &[&kind[..], &wrapped(0xa0, &wrapped(0x0c, b"x"))].concat(),
    )
}

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

#[test]
fn every_form_of_name_is_constrained_by_its_own_rule() {
    use Reason::{NameConstraintUnsupported, NameExcluded, NameNotPermitted, NameUnreadable};
    let keys = Keys::new();
    let anchor = keys.anchor();
    let net = ip(&[192, 0, 2, 0, 255, 255, 255, 0]);
    let odd_net = ip(&[192, 0, 2, 0, 255, 0, 255, 0]);
    let mut six = vec![0x20, 1, 0xd, 0xb8];
    six.resize(16, 0);
    let net_six = ip(&[&six[..], &[0xff; 4], &[0; 12]].concat());
    let six = ip(&six);
    let registered = wrapped(0x88, &[0x2a, 3]);
    let permitted = |base: &Vec<u8>| constraints(std::slice::from_ref(base), &[]);
    let excluded = |base: &Vec<u8>| constraints(&[], std::slice::from_ref(base));
    let cases: Vec<(Vec<u8>, Vec<u8>, Option<Reason>)> = vec![
        (permitted(&dns("example.jp")), dns("example.jp"), None),
        (permitted(&dns("Example.JP")), dns("a.b.EXAMPLE.jp"), None),
        (
            permitted(&dns("example.jp")),
            dns("notexample.jp"),
            Some(NameNotPermitted),
        ),
        (permitted(&dns("example.jp")), dns("*.example.jp"), None),
        (
            permitted(&dns("a.example.jp")),
            dns("*.example.jp"),
            Some(NameNotPermitted),
        ),
        (
            excluded(&dns("a.example.jp")),
            dns("*.example.jp"),
            Some(NameExcluded),
        ),
        (excluded(&dns("a.example.jp")), dns("b.example.jp"), None),
        (excluded(&dns("")), dns("anything"), Some(NameExcluded)),
        (permitted(&dns("")), dns("anything"), None),
        (
            excluded(&dns(".example.jp")),
            dns("a.example.jp"),
            Some(NameConstraintUnsupported),
        ),
        (
            permitted(&dns(".example.jp")),
            dns("a.example.jp"),
            Some(NameConstraintUnsupported),
        ),
        (
            permitted(&dns("*.example.jp")),
            dns("a.example.jp"),
            Some(NameConstraintUnsupported),
        ),
        (
            permitted(&dns("example.jp")),
            dns(".example.jp"),
            Some(NameUnreadable),
        ),
        (permitted(&dns("example.jp")), mail("x@elsewhere"), None),
        (permitted(&mail("a@example.jp")), mail("a@EXAMPLE.jp"), None),
        (
            permitted(&mail("a@example.jp")),
            mail("A@example.jp"),
            Some(NameNotPermitted),
        ),
        (permitted(&mail("example.jp")), mail("b@example.jp"), None),
        (
            permitted(&mail("example.jp")),
            mail("b@x.example.jp"),
            Some(NameNotPermitted),
        ),
        (
            permitted(&mail(".example.jp")),
            mail("b@x.example.jp"),
            None,
        ),
        (
            permitted(&mail(".example.jp")),
            mail("b@example.jp"),
            Some(NameNotPermitted),
        ),
        (
            permitted(&mail("a@b@example.jp")),
            mail("a@example.jp"),
            Some(NameConstraintUnsupported),
        ),
        (
            permitted(&mail("example.jp")),
            mail("a@b@example.jp"),
            Some(NameUnreadable),
        ),
        (
            permitted(&uri("example.jp")),
            uri("https://example.jp/x"),
            None,
        ),
        (
            permitted(&uri("example.jp")),
            uri("https://a.example.jp/x"),
            Some(NameNotPermitted),
        ),
        (
            excluded(&uri(".example.jp")),
            uri("https://u@a.example.jp:1/x"),
            Some(NameExcluded),
        ),
        (
            excluded(&uri(".example.jp")),
            uri("https://example.jp/x"),
            None,
        ),
        (
            excluded(&uri("example.jp")),
            uri("https://192.0.2.1/"),
            Some(NameUnreadable),
        ),
        (
            excluded(&uri("example.jp")),
            uri("urn:a"),
            Some(NameUnreadable),
        ),
        (permitted(&net), ip(&[192, 0, 2, 9]), None),
        (
            permitted(&net),
            ip(&[198, 51, 100, 9]),
            Some(NameNotPermitted),
        ),
        (permitted(&net), six.clone(), Some(NameNotPermitted)),
        (excluded(&net), ip(&[192, 0, 2, 9]), Some(NameExcluded)),
        (excluded(&net), ip(&[198, 51, 100, 9]), None),
        (permitted(&net_six), six.clone(), None),
        (excluded(&net_six), six.clone(), Some(NameExcluded)),
        (
            permitted(&net),
            ip(&[192, 0, 2, 0, 255, 255, 255, 0]),
            Some(NameUnreadable),
        ),
        (
            permitted(&odd_net),
            ip(&[192, 0, 2, 9]),
            Some(NameConstraintUnsupported),
        ),
        (
            permitted(&ip(&[192, 0, 2, 9])),
            ip(&[192, 0, 2, 9]),
            Some(NameConstraintUnsupported),
        ),
        (
            excluded(&other(1)),
            other(1),
            Some(NameConstraintUnsupported),
        ),
        (excluded(&other(1)), dns("a"), None),
        (
            excluded(&registered),
            registered.clone(),
            Some(NameConstraintUnsupported),
        ),
        (permitted(&directory(&name("User"))), dns("a"), None),
        (
            permitted(&directory(&name("Nobody"))),
            dns("a"),
            Some(NameNotPermitted),
        ),
        (
            excluded(&directory(&name(" uSER "))),
            dns("a"),
            Some(NameExcluded),
        ),
        (
            excluded(&directory(&name("CN"))),
            directory(&name("cn")),
            Some(NameExcluded),
        ),
    ];
    for (number, (constraint, alt_name, wanted)) in cases.into_iter().enumerate() {
        let path = keys.path(|m| m.with(constraint), |m| m.with(alt_names(&[alt_name])));
        assert_eq!(reason(&anchor, &path), wanted, "case {number}");
    }
}

#[test]
fn constraints_narrow_and_the_anchors_own_count() {
    let keys = Keys::new();
    let at = |text: &str| constraints(&[dns(text)], &[]);
    let user = |m: Made| m.with(alt_names(&[dns("a.example.jp")]));
    let anchor = Made::authority("Root", &keys.root)
        .with(at("example.jp"))
        .root(&keys.root);
    assert_eq!(reason(&anchor, &keys.path(|m| m, user)), None);
    assert_eq!(
        reason(&anchor, &keys.path(|m| m.with(at("b.example.jp")), user)),
        Some(Reason::NameNotPermitted)
    );
    let elsewhere = Made::authority("Root", &keys.root)
        .with(at("other"))
        .root(&keys.root);
    assert_eq!(
        reason(&elsewhere, &keys.path(|m| m.with(at("example.jp")), user)),
        Some(Reason::NameNotPermitted)
    );
}

#[test]
fn self_issued_certificates_are_not_constrained_but_at_the_end() {
    let keys = Keys::new();
    let nobody = constraints(&[directory(&name("User"))], &[]);
    let anchor = Made::authority("Root", &keys.root)
        .with(nobody)
        .root(&keys.root);
    let rolled = Made::authority("Root", &keys.authority).by("Root", &keys.root);
    let user = Made::user("User", &keys.user).by("Root", &keys.authority);
    assert_eq!(reason(&anchor, &[rolled.clone(), user]), None);
    assert_eq!(reason(&anchor, &[rolled]), Some(Reason::NameNotPermitted));
}

#[test]
fn an_address_in_the_subject_is_constrained() {
    let keys = Keys::new();
    let kind = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 1];
    let subject = |text: &str| {
        let attribute = sequence(&[&kind, &wrapped(0x16, text.as_bytes())]);
        sequence(&[&wrapped(0x31, &attribute)])
    };
    let authority = |m: Made| m.with(constraints(&[mail("example.jp")], &[]));
    let of = |text: &str| keys.path(authority, |m| m.subject_der(subject(text)));
    assert_eq!(reason(&keys.anchor(), &of("a@example.jp")), None);
    assert_eq!(
        reason(&keys.anchor(), &of("a@example.com")),
        Some(Reason::NameNotPermitted)
    );
    assert_eq!(
        reason(&keys.anchor(), &of("example.jp")),
        Some(Reason::NameUnreadable)
    );
}

#[test]
fn many_constraints_and_many_names_cost_look_ups_not_their_product() {
    let keys = Keys::new();
    let bases: Vec<_> = (0..2048)
        .map(|n| dns(&format!("host{n}.example.jp")))
        .collect();
    let path = keys.path(
        |m| m.with(constraints(&bases, &[dns("excluded.jp")])),
        |m| m.with(alt_names(&bases)),
    );
    assert_eq!(reason(&keys.anchor(), &path), None);

    let names: Vec<_> = (0..1500)
        .map(|n| dns(&format!("n{n}.example.jp")))
        .collect();
    let mut permitted: Vec<_> = (0..1319).map(|n| dns(&format!("p{n}.jp"))).collect();
    permitted.push(dns("example.jp"));
    let all: Vec<Key> = (0..7).map(|_| Key::new()).collect();
    let mut path = Vec::new();
    for (n, key) in all.iter().enumerate() {
        let made = Made::authority(&format!("CA{n}"), key).with(constraints(&permitted, &[]));
        path.push(match n {
            0 => made.by("Root", &keys.root),
            _ => made.by(&format!("CA{}", n - 1), &all[n - 1]),
        });
    }
    path.push(
        Made::user("User", &keys.user)
            .with(alt_names(&names))
            .by("CA6", &all[6]),
    );
    assert_eq!(reason(&keys.anchor(), &path), None);
}

#[test]
fn what_would_cost_more_than_allowed_is_refused_by_that_reason() {
    let keys = Keys::new();
    let long = |n: usize| dns(&format!("{n}.{}", "a.".repeat(120) + "a"));
    let names: Vec<_> = (0..1500).map(long).collect();
    let authority = |m: Made| m.with(constraints(&[], &[dns("other")]));
    let path = keys.path(authority, |m| m.with(alt_names(&names)));
    assert_eq!(reason(&keys.anchor(), &path), Some(Reason::LimitReached));
}

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
    let list: Vec<_> = (1..=60).map(policy_octets).collect();
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
    assert_eq!(sets.user.len(), 60);
    // Twice as many are more than anybody needs.
    let twice: Vec<_> = path[..9].iter().chain(&path[..9]).cloned().collect();
    let mut signatures = Signatures::new(SignaturePolicy::default(), 1000);
    let refusal = policies(&keys.anchor(), &twice, &inputs, &mut signatures).unwrap_err();
    assert_eq!(refusal.reason, Reason::LimitReached);
}

/// The inputs of tests/conformance/data/path; their README says where they are from.
fn case(file: &str) -> Vec<Certificate> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/conformance/data/path/"
    );
    let octets = std::fs::read(format!("{folder}{file}")).unwrap();
    Material::read(&octets).certificates().to_vec()
}

/// 2026-11-29T00:00:00Z.
const LATER: i64 = 1_795_910_400;

fn case_reason(anchor: &str, path: &[&str], at: i64) -> Option<Reason> {
    let path: Vec<_> = path.iter().flat_map(|file| case(file)).collect();
    let mut signatures = Signatures::new(SignaturePolicy::default(), 100);
    let [anchor] = case(anchor).try_into().unwrap();
    let policy = PathPolicy::default();
    validate_path(&anchor, &path, at, &policy, None, &mut signatures)
        .err()
        .map(|refusal| refusal.reason)
}

#[test]
fn inputs_that_once_failed_are_judged_right() {
    use Reason::{NameExcluded, NameNotPermitted, SignatureInvalid};
    // Those in DER are younger than the others.
    let of = |anchor, path: &[&str]| {
        let at = if path[0].ends_with(".der") {
            LATER
        } else {
            NOW
        };
        case_reason(anchor, path, at)
    };
    for (anchor, path, wanted) in [
        ("dn1.issuer.der", &["dn1.target.der"][..], None),
        ("dn2.issuer.der", &["dn2.target.der"], None),
        ("kid1.issuer.der", &["kid1.target.der"], None),
        ("nc1.issuer.der", &["nc1.target.der"], Some(NameExcluded)),
        (
            "nc3.issuer.der",
            &["nc3.target.der"],
            Some(NameNotPermitted),
        ),
        (
            "names/root.pem",
            &["names/19.ca.pem", "names/19.ee.pem"],
            Some(Reason::NameConstraintUnsupported),
        ),
        (
            "names/root.pem",
            &["names/45.ca.pem", "names/45.ee.pem"],
            None,
        ),
        (
            "names/root.pem",
            &["names/48.ca.pem", "names/48.ee.pem"],
            None,
        ),
        (
            "names/rdn_root.pem",
            &["names/rdn_ca.pem", "names/rdn_ee.pem"],
            Some(NameNotPermitted),
        ),
        (
            "malleable/root.pem",
            &["malleable/bit_string_unused_bits_original.pem"],
            None,
        ),
        (
            "malleable/root.pem",
            &["malleable/bit_string_unused_bits_changed.pem"],
            Some(SignatureInvalid),
        ),
        (
            "malleable/root.pem",
            &["malleable/octets_after_the_value_original.pem"],
            None,
        ),
        (
            "malleable/root.pem",
            &["malleable/octets_after_the_value_changed.pem"],
            Some(SignatureInvalid),
        ),
        (
            "length80/len80_root.pem",
            &["length80/len80_T61_name.pem"],
            None,
        ),
        (
            "length80/len80_root.pem",
            &["length80/len80_uri_upper.pem"],
            None,
        ),
    ] {
        assert_eq!(of(anchor, path), wanted, "{path:?}");
    }
    let cross = |file| case_reason("malleable/own_governor.pem", &[file], LATER);
    assert_eq!(cross("malleable/own_cross_original.pem"), None);
    // Octets after the value of policyMappings: not even read.
    assert!(case("malleable/own_cross_changed.pem").is_empty());
}
