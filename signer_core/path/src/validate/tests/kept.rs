//! Inputs that were judged wrong once.

use super::*;

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
