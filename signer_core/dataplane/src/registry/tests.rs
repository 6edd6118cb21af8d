//! Who is known, and by what.

use formats::ocsp::parse_request;

use super::*;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
/// Seventeen certificates of RSA keys whose exponents have 3,072 bits each.
const SIGNED: &[u8] =
    include_bytes!("../../../../tests/conformance/data/ocsp/ocsp_signed_rsa3072e.der");

fn network(first: &str, bits: u8) -> Network {
    Network {
        first: first.parse().unwrap(),
        bits,
    }
}

fn registry(networks: &[Network]) -> Registry {
    let mut registry = Registry::default();
    let authorities = HashSet::from(["signing-13".to_owned()]);
    registry.add("tax-office".into(), authorities, Vec::new(), networks);
    registry
}

#[test]
fn a_strangers_signature_is_not_verified() {
    let request = parse_request(SIGNED, 100).unwrap();
    let registry = registry(&[network("192.0.2.0", 24)]);
    let asker = Asker::At(ADDRESS);
    assert!(!registry.verifies(&request, &asker));
    // And the address does not outweigh it.
    let access = registry.access(&request, &asker, 0);
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

#[test]
fn an_address_on_two_networks_may_ask_what_either_may() {
    let unsigned = OcspRequest {
        requestor_directory_name: None,
        cert_ids: Vec::new(),
        nonce: None,
        signature: None,
    };
    let mut registry = registry(&[network("192.0.2.0", 24)]);
    registry.add(
        "other".into(),
        HashSet::from(["signing-14".to_owned()]),
        Vec::new(),
        &[network("192.0.2.128", 25), network("fd00::", 16)],
    );
    let at = |address: &str| {
        let address = address.parse::<IpAddr>().unwrap().to_canonical();
        let access = registry.access(&unsigned, &Asker::At(address), 0);
        access
            .ok()
            .map(|it| ["signing-13", "signing-14"].map(|one| it.covers(one)))
    };
    assert_eq!(at("192.0.2.1"), Some([true, false]));
    assert_eq!(at("192.0.2.200"), Some([true, true]));
    assert_eq!(at("::ffff:192.0.2.1"), Some([true, false]));
    assert_eq!(at("fd00::1"), Some([false, true]));
    assert_eq!(at("198.51.100.1"), None);
}

#[test]
fn who_shows_no_verifiers_certificate_is_not_known_by_its_address() {
    let request = parse_request(SIGNED, 100).unwrap();
    let registry = registry(&[network("192.0.2.0", 24)]);
    let ask = |id: &str| registry.access(&request, &Asker::Verifier(id.into()), 0);
    assert!(ask("tax-office").is_ok_and(|it| it.covers("signing-13") && !it.covers("signing-14")));
    assert_eq!(ask("").err(), Some(NoAccess::Unknown));
}
