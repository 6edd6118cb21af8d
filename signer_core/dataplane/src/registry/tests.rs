//! Who is known, and by what.

use formats::ocsp::parse_request;

use super::*;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
/// Seventeen certificates of RSA keys whose exponents have 3,072 bits each.
const SIGNED: &[u8] =
    include_bytes!("../../../../tests/conformance/data/ocsp/ocsp_signed_rsa3072e.der");

const AGREED: &str = include_str!("../../../../tests/conformance/data/agreements.csv");

fn network(first: &str, bits: u8) -> Network {
    Network {
        first: first.parse().unwrap(),
        bits,
    }
}

fn agreed(authority: &str, grants: Vec<Grant>) -> HashMap<String, Vec<Grant>> {
    HashMap::from([(authority.to_owned(), grants)])
}

fn grant(ways: &[Way], begins: Micros, ends: Micros) -> Grant {
    Grant {
        ways: ways.to_vec(),
        begins,
        ends,
    }
}

fn always() -> Vec<Grant> {
    vec![grant(&[Way::OcspHttp], Micros::MIN, Micros::MAX)]
}

fn registry(networks: &[Network]) -> Registry {
    let mut registry = Registry::default();
    let agreed = agreed("signing-13", always());
    registry.put("tax-office".into(), agreed, Vec::new(), networks);
    registry
}

/// Whether OCSP is answered about an authority at a moment at which anything holds.
fn answered(access: &Access, authority: &str) -> bool {
    access.meter(authority, Way::OcspHttp, 0).is_some()
}

#[test]
fn a_strangers_signature_is_not_verified() {
    let request = parse_request(SIGNED, 100).unwrap();
    let registry = registry(&[network("192.0.2.0", 24)]);
    let asker = Asker::At(ADDRESS);
    assert!(!registry.verifies(&request, &asker));
    // And the address does not outweigh it.
    let access = registry.access(&request, &asker, || 0);
    assert_eq!(access.err(), Some(NoAccess::Unknown));
}

#[test]
fn a_network_holds_its_addresses_and_no_other() {
    for (first, bits, address, held) in [
        ("192.0.2.0", 24, "192.0.2.255", true),
        ("192.0.2.0", 24, "192.0.3.0", false),
        ("192.0.2.7", 32, "192.0.2.7", true),
        ("192.0.2.7", 32, "192.0.2.6", false),
        ("0.0.0.0", 0, "255.1.2.3", true),
        ("0.0.0.0", 0, "::1", false),
        ("::", 0, "2001:db8::1", true),
        ("2001:db8::", 32, "2001:db8:ffff::1", true),
        ("2001:db8::", 32, "2001:db9::1", false),
        ("::1", 128, "::1", true),
        ("::1", 128, "::2", false),
    ] {
        let network = network(first, bits);
        assert_eq!(
            network.holds(address.parse().unwrap()),
            held,
            "{first}/{bits} {address}"
        );
    }
}

fn unsigned() -> OcspRequest {
    OcspRequest {
        requestor_directory_name: None,
        cert_ids: Vec::new(),
        nonce: None,
        signature: None,
    }
}

/// Whether an address may ask about the two authorities; nothing: nobody is known there.
fn at(registry: &Registry, address: &str) -> Option<[bool; 2]> {
    let address = address.parse::<IpAddr>().unwrap().to_canonical();
    let access = registry.access(&unsigned(), &Asker::At(address), || 0);
    access
        .ok()
        .map(|it| ["signing-13", "signing-14"].map(|one| answered(&it, one)))
}

fn other(registry: &mut Registry, networks: &[Network]) {
    let agreed = agreed("signing-14", always());
    registry.put("other".into(), agreed, Vec::new(), networks);
}

#[test]
fn an_address_on_two_networks_is_the_smaller_ones() {
    let mut registry = registry(&[network("192.0.2.0", 24)]);
    let smaller = [network("192.0.2.128", 25), network("fd00::", 16)];
    other(&mut registry, &smaller);
    assert_eq!(at(&registry, "192.0.2.1"), Some([true, false]));
    assert_eq!(at(&registry, "192.0.2.200"), Some([false, true]));
    assert_eq!(at(&registry, "::ffff:192.0.2.1"), Some([true, false]));
    assert_eq!(at(&registry, "fd00::1"), Some([false, true]));
    assert_eq!(at(&registry, "198.51.100.1"), None);
    // Who is on it and has no agreement any more is not known by the larger one.
    registry.put("other".into(), HashMap::new(), Vec::new(), &smaller);
    assert_eq!(at(&registry, "192.0.2.200"), None);
}

#[test]
fn nobody_is_known_by_a_network_of_two() {
    let mut registry = registry(&[network("192.0.2.0", 24), network("192.0.2.0", 24)]);
    assert_eq!(at(&registry, "192.0.2.1"), Some([true, false]));
    other(&mut registry, &[network("192.0.2.0", 24)]);
    assert_eq!(at(&registry, "192.0.2.1"), None);
}

#[test]
fn one_entry_changes_and_the_others_stay() {
    let mut registry = registry(&[network("192.0.2.0", 24)]);
    other(&mut registry, &[network("198.51.100.0", 24)]);
    let before = registry.clone();
    other(&mut registry, &[network("203.0.113.0", 24)]);
    assert_eq!(at(&registry, "198.51.100.1"), None);
    assert_eq!(at(&registry, "203.0.113.1"), Some([false, true]));
    assert_eq!(at(&registry, "192.0.2.1"), Some([true, false]));
    registry.remove("tax-office");
    registry.remove("nobody");
    assert_eq!(at(&registry, "192.0.2.1"), None);
    assert_eq!(at(&registry, "203.0.113.1"), Some([false, true]));
    // Whoever has the one before goes on by it.
    assert_eq!(at(&before, "192.0.2.1"), Some([true, false]));
}

#[test]
fn a_signer_that_another_verifier_took_over_stays_that_ones() {
    let signer = parse_request(SIGNED, 100).unwrap().signature.unwrap();
    let der = signer.certificates[0].to_vec();
    let request = parse_request(SIGNED, 100).unwrap();
    let asker = Asker::At(ADDRESS);
    let mut registry = registry(&[]);
    let entry = |registry: &mut Registry, id: &str, signers| {
        registry.put(id.into(), HashMap::new(), signers, &[]);
    };
    entry(&mut registry, "a", vec![der.clone()]);
    entry(&mut registry, "b", vec![der]);
    entry(&mut registry, "a", Vec::new());
    assert!(registry.verifies(&request, &asker));
    registry.remove("b");
    assert!(!registry.verifies(&request, &asker));
}

#[test]
fn who_shows_no_verifiers_certificate_is_not_known_by_its_address() {
    let request = parse_request(SIGNED, 100).unwrap();
    let registry = registry(&[network("192.0.2.0", 24)]);
    let ask = |id: &str| registry.access(&request, &Asker::Verifier(id.into()), || 0);
    assert!(
        ask("tax-office")
            .is_ok_and(|it| answered(&it, "signing-13") && !answered(&it, "signing-14"))
    );
    assert_eq!(ask("").err(), Some(NoAccess::Unknown));
}

#[test]
fn an_agreement_gives_its_ways_between_its_times() {
    let request = parse_request(SIGNED, 100).unwrap();
    let mut registry = Registry::default();
    let grants = vec![
        grant(&[Way::OcspHttp], 10, 20),
        grant(&[Way::Grpc, Way::Lists], 20, 30),
    ];
    registry.put(
        "tax-office".into(),
        agreed("signing-13", grants),
        Vec::new(),
        &[],
    );
    let asker = Asker::Verifier("tax-office".into());
    let access = registry.access(&request, &asker, || 0).unwrap();
    for (way, held) in [
        (Way::OcspHttp, [false, true, true, false, false, false]),
        (Way::Grpc, [false, false, false, true, true, false]),
        (Way::Lists, [false, false, false, true, true, false]),
    ] {
        let at = [9, 10, 19, 20, 29, 30].map(|now| access.meter("signing-13", way, now).is_some());
        assert_eq!(at, held, "{way:?}");
        assert!(access.meter("signing-14", way, 15).is_none());
    }
}

/// What the domain's rule says too, from the same table (`tests/unit/domain/test_agreements.py`).
#[test]
fn a_grant_holds_as_the_domain_has_it() {
    let mut rows = AGREED.lines();
    assert_eq!(rows.next(), Some("ways,begins,ends,way,moment,held"));
    let mut seen = 0;
    for row in rows {
        let [ways, begins, ends, way, moment, held] = row.split(',').collect::<Vec<_>>()[..] else {
            panic!("{row}");
        };
        let number = |text: &str| text.parse::<Micros>().unwrap();
        let ways: Vec<_> = ways.split(' ').map(|it| Way::named(it).unwrap()).collect();
        let one = grant(&ways, number(begins), number(ends));
        let holds = one.holds(Way::named(way).unwrap(), number(moment));
        assert_eq!(holds, held == "yes", "{row}");
        seen += 1;
    }
    assert!(seen > 20);
}

#[test]
fn a_way_with_another_name_is_none() {
    for name in ["", "fax", "GRPC", "ocsp"] {
        assert_eq!(Way::named(name), None);
    }
    for way in [Way::OcspHttp, Way::Lists, Way::Grpc] {
        assert_eq!(Way::named(way.name()), Some(way));
    }
}

/// However a verifier is known, and whatever was agreed since, its answers are counted in one place.
#[test]
fn a_verifiers_answers_are_counted_in_one_place() {
    let usage = Arc::new(Usage::default());
    let signed = parse_request(SIGNED, 100).unwrap();
    let networks = [network("192.0.2.0", 24)];
    for _ in 0..2 {
        let mut registry = Registry::new(Arc::clone(&usage));
        let agreed = agreed("signing-13", always());
        registry.put("tax-office".into(), agreed, Vec::new(), &networks);
        let by_tls = registry.access(&signed, &Asker::Verifier("tax-office".into()), || 0);
        let by_address = registry.access(&unsigned(), &Asker::At(ADDRESS), || 0);
        for access in [by_tls.unwrap(), by_address.unwrap()] {
            let meter = access.meter("signing-13", Way::OcspHttp, 0).unwrap();
            meter.add(Way::OcspHttp, 1);
        }
    }
    let told = usage.take();
    let told: Vec<_> = told.iter().map(|it| (&*it.verifier, it.total)).collect();
    assert_eq!(told, [("tax-office", 4)]);
}
