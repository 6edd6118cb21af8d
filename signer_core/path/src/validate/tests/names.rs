//! Names and the constraints above them.

use super::*;

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
