//! Every profile: what is built passes, what is altered in any octet or any part does not.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use der::asn1::OctetString;
use der::{Decode, Encode};
use proptest::prelude::*;
use x509_cert::TbsCertificate;
use x509_cert::ext::Extension as Found;

use super::*;
use crate::der::oid::ObjectIdentifier;
use crate::error::{Error, Kind, Result};
use crate::signing::testing::TestKey;
use crate::signing::{Hash, Signer};

fn key() -> Vec<u8> {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    der.as_ref().to_vec()
}

pub(super) static OURS: LazyLock<Vec<u8>> = LazyLock::new(key);
pub(super) static THEIRS: LazyLock<Vec<u8>> = LazyLock::new(key);

pub(super) fn name(text: &str) -> Vec<u8> {
    let name: x509_cert::name::Name = text.parse().unwrap();
    name.to_der().unwrap()
}

fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const ISSUER: &str = "OU=Governor of Tokyo,O=OpenJPKI,C=JP";

fn policies(cps: Option<&str>) -> Option<Policies> {
    Some(Policies {
        identifiers: vec![oid("1.2.392.200149.99.1")],
        cps_url: cps.map(str::to_owned),
    })
}

fn asked(subject: Subject, public_key: &[u8], not_after: i64, values: Values) -> Asked {
    Asked {
        serial: vec![0x9a; 16],
        signature: SignatureAlgorithm::Sha256,
        issuer: name(ISSUER),
        issuer_key: OURS.clone(),
        not_before: 1_767_225_600,
        not_after,
        subject,
        public_key: public_key.to_vec(),
        values,
    }
}

fn user() -> Asked {
    let other_names = [
        "山田　太郎",
        "319800217",
        "1",
        "東京都千代田区",
        "00100",
        "0000001",
    ];
    asked(
        Subject::Person {
            prefecture: "Tokyo-to".into(),
            municipality: "Chiyoda-ku".into(),
            common_name: "202601010900000000113101001A".into(),
        },
        &THEIRS,
        1_861_801_199,
        Values {
            subject_alt_name: Some(AltName::Person(other_names.map(str::to_owned))),
            issuer_alt_name: Some(name("O=公的個人認証サービス,C=JP")),
            policies: policies(Some("http://repository.example/cps")),
            distribution_point: Some(name("CN=13101,O=OpenJPKI,C=JP")),
            distribution_url: Some("http://crl.example/13101.crl".into()),
            ocsp_url: Some("http://ocsp.example/".into()),
            authority_key_identifier: Some(vec![7; 20]),
            ..Values::default()
        },
    )
}

fn authority() -> Asked {
    asked(
        Subject::Name(name(ISSUER)),
        &OURS,
        2_082_758_399,
        Values {
            subject_alt_name: Some(AltName::Directory(name("O=公的個人認証サービス,C=JP"))),
            distribution_point: Some(name(ISSUER)),
            ..Values::default()
        },
    )
}

fn link() -> Asked {
    asked(
        Subject::Name(name(ISSUER)),
        &THEIRS,
        1_861_801_199,
        Values {
            policies: Some(Policies {
                identifiers: vec![oid("2.5.29.32.0")],
                cps_url: None,
            }),
            distribution_point: Some(name(ISSUER)),
            authority_key_identifier: Some(vec![7; 20]),
            subject_key_identifier: Some(vec![8; 20]),
            ..Values::default()
        },
    )
}

fn cross() -> Asked {
    asked(
        Subject::Name(name("O=Ministry,C=JP")),
        &THEIRS,
        1_861_801_199,
        Values {
            path_length: Some(0),
            policies: policies(Some("http://repository.example/cps")),
            mappings: vec![(oid("1.2.392.200149.99.1"), oid("1.2.392.1.2"))],
            inhibit_mapping: true,
            names: Some(Subtrees {
                permitted: vec![name("O=Ministry,C=JP")],
                excluded: vec![name("O=Other,C=JP"), name("O=Another,C=JP")],
            }),
            distribution_point: Some(name(ISSUER)),
            distribution_url: Some("http://crl.example/authority.crl".into()),
            authority_key_identifier: Some(vec![7; 20]),
            subject_key_identifier: Some(vec![8; 20]),
            ..Values::default()
        },
    )
}

fn responder() -> Asked {
    asked(
        Subject::Name(name(&format!("CN=OCSP Responder,{ISSUER}"))),
        &THEIRS,
        1_767_225_600 + 30 * 86_400,
        Values {
            authority_key_identifier: Some(vec![7; 20]),
            ..Values::default()
        },
    )
}

fn every() -> [(&'static Profile, Asked); 5] {
    [
        (&USER, user()),
        (&AUTHORITY, authority()),
        (&LINK, link()),
        (&CROSS, cross()),
        (&RESPONDER, responder()),
    ]
}

fn built(profile: &Profile, asked: &Asked) -> Vec<u8> {
    build(profile, asked).unwrap().octets().to_vec()
}

fn facts(asked: &Asked) -> Facts {
    Facts {
        serial: asked.serial.clone(),
        issuer: asked.issuer.clone(),
        issuer_key: asked.issuer_key.clone(),
        issuer_key_identifier: vec![7; 20],
        not_before: asked.not_before,
        not_after: asked.not_after,
        key_sha256: digest(&SHA256, &asked.public_key).as_ref().to_vec(),
        distribution_point: asked.values.distribution_point.clone(),
    }
}

fn refusal<T>(result: Result<T>) -> Error {
    match result {
        Err(error) => error,
        Ok(_) => panic!("accepted"),
    }
}

#[test]
fn profiles_are_found_by_their_names() {
    for (profile, _) in every() {
        assert!(std::ptr::eq(by_name(profile.name).unwrap(), profile));
    }
    assert!(by_name("unknown").is_none());
}

#[test]
fn what_is_built_passes_both_checks_and_has_the_profiles_extensions() {
    for (profile, asked) in every() {
        let tbs = built(profile, &asked);
        assert_eq!(check(profile, &asked, &tbs).unwrap().octets(), tbs);
        assert_eq!(regain(profile, &facts(&asked), &tbs).unwrap().octets(), tbs);
        let found = TbsCertificate::from_der(&tbs).unwrap().extensions.unwrap();
        assert!(
            found.iter().map(|e| (e.extn_id, e.critical)).eq(profile
                .extensions
                .iter()
                .map(|r| (r.extension.oid(), r.critical)))
        );
    }
}

#[test]
fn each_algorithm_of_the_standards_can_be_asked_for() {
    for (name, hash) in [
        ("sha256WithRSAEncryption", Hash::Sha256),
        ("sha384WithRSAEncryption", Hash::Sha384),
        ("sha512WithRSAEncryption", Hash::Sha512),
    ] {
        let mut asked = authority();
        asked.signature = SignatureAlgorithm::by_name(name).unwrap();
        assert_eq!(asked.signature.hash(), hash);
        let checked = build(&AUTHORITY, &asked).unwrap();
        let parsed = TbsCertificate::from_der(checked.octets()).unwrap();
        assert_eq!(parsed.signature.oid, asked.signature.oid());
        assert!(check(&AUTHORITY, &authority(), checked.octets()).is_err() || hash == Hash::Sha256);
    }
    assert!(SignatureAlgorithm::by_name("sha1WithRSAEncryption").is_none());
}

#[test]
fn no_octet_can_be_any_other() {
    for (profile, asked) in every() {
        let tbs = built(profile, &asked);
        let mut altered = tbs.clone();
        for place in 0..tbs.len() {
            for bit in 0..8 {
                altered[place] = tbs[place] ^ (1 << bit);
                let read = check(profile, &asked, &altered);
                assert!(read.is_err(), "{}: octet {place}, bit {bit}", profile.name);
            }
            altered[place] = tbs[place];
            assert!(check(profile, &asked, &tbs[..place]).is_err());
        }
        let more = [&tbs[..], &[0]].concat();
        assert!(check(profile, &asked, &more).is_err());
        assert!(regain(profile, &facts(&asked), &more).is_err());
    }
}

/// Every way to take the list of extensions apart and put it together otherwise.
fn structural_changes(found: &[Found]) -> Vec<Vec<Found>> {
    let mut changes = vec![Vec::new()];
    for place in 0..found.len() {
        let mut without = found.to_vec();
        without.remove(place);
        changes.push(without);
        let mut twice = found.to_vec();
        twice.push(found[place].clone());
        changes.push(twice);
        let mut otherwise = found.to_vec();
        otherwise[place].critical ^= true;
        changes.push(otherwise);
        let mut unknown = found.to_vec();
        unknown[place].extn_id = oid("1.2.392.200149.99.7");
        changes.push(unknown.clone());
        let mut added = found.to_vec();
        added.insert(place, unknown[place].clone());
        changes.push(added);
        let mut longer = found.to_vec();
        let value = [longer[place].extn_value.as_bytes(), &[5, 0]].concat();
        longer[place].extn_value = OctetString::new(value).unwrap();
        changes.push(longer);
        for other in place + 1..found.len() {
            let mut swapped = found.to_vec();
            swapped.swap(place, other);
            changes.push(swapped);
        }
    }
    changes
}

#[test]
fn no_extension_can_be_missing_added_moved_or_marked_otherwise() {
    for (profile, asked) in every() {
        let tbs = built(profile, &asked);
        let parsed = TbsCertificate::from_der(&tbs).unwrap();
        for change in structural_changes(parsed.extensions.as_deref().unwrap()) {
            let mut altered = parsed.clone();
            altered.extensions = Some(change);
            let altered = altered.to_der().unwrap();
            let error = refusal(check(profile, &asked, &altered));
            assert!(error.kind() == Kind::ProfileMismatch, "{error}");
        }
    }
}

#[test]
fn stored_bytes_with_another_structure_are_not_regained() {
    for (profile, asked) in every() {
        let tbs = built(profile, &asked);
        let parsed = TbsCertificate::from_der(&tbs).unwrap();
        let optional = |found: &[Found]| {
            // Without an extension that may be missing, it is another certificate of the profile.
            profile
                .extensions
                .iter()
                .filter(|rule| {
                    rule.presence == Presence::Always
                        || found.iter().any(|e| e.extn_id == rule.extension.oid())
                })
                .map(|rule| (rule.extension.oid(), rule.critical))
                .eq(found.iter().map(|e| (e.extn_id, e.critical)))
        };
        for change in structural_changes(parsed.extensions.as_deref().unwrap()) {
            let same_shape = optional(&change) && change.len() < profile.extensions.len();
            let mut altered = parsed.clone();
            altered.extensions = Some(change);
            let altered = altered.to_der().unwrap();
            assert!(same_shape || regain(profile, &facts(&asked), &altered).is_err());
        }
    }
}

#[test]
fn stored_bytes_are_regained_by_the_stored_facts_alone() {
    type Change = fn(&mut Facts);
    let cases: [(&str, Change); 7] = [
        ("serialNumber", |f| f.serial[15] ^= 1),
        ("issuer ", |f| f.issuer = name("O=Other,C=JP")),
        ("notBefore", |f| f.not_before += 1),
        ("notAfter", |f| f.not_after += 86_400),
        ("subjectPublicKeyInfo", |f| f.key_sha256[0] ^= 1),
        ("authorityKeyIdentifier", |f| {
            f.issuer_key_identifier[0] ^= 1
        }),
        ("cRLDistributionPoints", |f| {
            f.distribution_point = Some(name("CN=13102,O=OpenJPKI,C=JP"));
        }),
    ];
    for (profile, asked) in every() {
        let tbs = built(profile, &asked);
        for (field, change) in cases {
            let mut other = facts(&asked);
            change(&mut other);
            let selfless = profile.relation == Relation::SelfSigned;
            if selfless && field == "authorityKeyIdentifier" {
                continue;
            }
            let text = refusal(regain(profile, &other, &tbs)).to_string();
            let begin = format!("profile check: {field}");
            assert!(text.starts_with(&begin), "{}: {text}", profile.name);
        }
        for (other, _) in every()
            .iter()
            .filter(|(other, _)| other.name != profile.name)
        {
            assert!(regain(other, &facts(&asked), &tbs).is_err());
        }
    }
}

#[test]
fn what_a_profile_has_no_place_for_is_refused() {
    type Case = (
        &'static Profile,
        fn() -> Asked,
        &'static str,
        fn(&mut Asked),
    );
    let cases: [Case; 26] = [
        (&USER, user, "serial", |a| a.serial = vec![0x7f; 8]),
        (&USER, user, "serial", |a| a.serial = vec![0x80; 20]),
        (&USER, user, "not_after", |a| a.not_after -= 1),
        (&USER, user, "not_after", |a| a.not_after += 2000 * 86_400),
        (&USER, user, "values", |a| a.values.path_length = Some(0)),
        (&USER, user, "issuerAltName", |a| {
            a.values.issuer_alt_name = None
        }),
        (&USER, user, "policies", |a| {
            let policies = a.values.policies.as_mut().unwrap();
            policies.identifiers.push(oid("1.2.3"));
        }),
        (&USER, user, "policies", |a| {
            a.values.policies.as_mut().unwrap().cps_url = None;
        }),
        (&USER, user, "subject", |a| {
            a.subject = Subject::Name(name("CN=Somebody,C=JP"));
        }),
        (&USER, user, "public_key", |a| a.public_key = OURS.clone()),
        (&USER, user, "name", |a| {
            if let Some(AltName::Person(texts)) = &mut a.values.subject_alt_name {
                texts[0] = "山田\u{202e}".into();
            }
        }),
        (&USER, user, "ocsp_url", |a| {
            a.values.ocsp_url = Some("ocsp".into())
        }),
        (&AUTHORITY, authority, "not_after", |a| {
            a.not_after += 366 * 86_400
        }),
        (&AUTHORITY, authority, "subject", |a| {
            a.subject = Subject::Name(name("O=Other,C=JP"));
        }),
        (&AUTHORITY, authority, "public_key", |a| {
            a.public_key = THEIRS.clone()
        }),
        (&AUTHORITY, authority, "distribution_point", |a| {
            a.values.distribution_point = Some(name("O=Other,C=JP"));
        }),
        (&AUTHORITY, authority, "values", |a| {
            a.values.authority_key_identifier = Some(vec![7; 20]);
        }),
        (&LINK, link, "public_key", |a| a.public_key = OURS.clone()),
        (&LINK, link, "policies", |a| {
            a.values.policies.as_mut().unwrap().identifiers.clear();
        }),
        (&CROSS, cross, "policies", |a| {
            a.values.policies.as_mut().unwrap().identifiers = vec![oid("2.5.29.32.0")];
        }),
        (&CROSS, cross, "policy_mappings", |a| {
            a.values.mappings = vec![(oid("1.2.3"), oid("1.2.4"))];
        }),
        (&CROSS, cross, "names", |a| {
            a.values.names = Some(Subtrees {
                permitted: vec![],
                excluded: vec![],
            });
        }),
        (&CROSS, cross, "subject", |a| {
            a.subject = Subject::Name(name(ISSUER))
        }),
        (&RESPONDER, responder, "not_after", |a| {
            a.not_after += 61 * 86_400
        }),
        (&RESPONDER, responder, "authorityKeyIdentifier", |a| {
            a.values.authority_key_identifier = None;
        }),
        (&RESPONDER, responder, "authority_key_identifier", |a| {
            a.values.authority_key_identifier = Some(vec![1; 65]);
        }),
    ];
    for (profile, asked, field, change) in cases {
        let tbs = built(profile, &asked());
        let mut other = asked();
        change(&mut other);
        for refused in [build(profile, &other), check(profile, &other, &tbs)] {
            let text = refusal(refused).to_string();
            assert!(text.starts_with(&format!("{field}: ")), "{field}: {text}");
        }
    }
}

#[test]
fn a_certificate_of_another_request_is_refused_by_its_field() {
    type Change = fn(&mut Asked);
    let cases: [(&str, Change); 18] = [
        ("serialNumber", |a| a.serial[15] ^= 1),
        ("signature", |a| a.signature = SignatureAlgorithm::Sha512),
        ("issuer ", |a| {
            a.issuer = name("O=Other,C=JP");
            a.values.distribution_point = Some(name("O=Other,C=JP"));
        }),
        ("notBefore", |a| a.not_before += 1),
        ("notAfter", |a| a.not_after -= 86_400),
        ("subject ", |a| {
            a.subject = Subject::Name(name("O=Others,C=JP"))
        }),
        ("subjectPublicKeyInfo", |a| a.public_key = key()),
        ("extensions", |a| a.values.mappings.clear()),
        ("extensions", |a| a.values.names = None),
        ("basicConstraints", |a| a.values.path_length = None),
        ("certificatePolicies", |a| {
            a.values.policies.as_mut().unwrap().cps_url = None;
        }),
        ("certificatePolicies", |a| {
            let policies = a.values.policies.as_mut().unwrap();
            policies.identifiers.push(oid("1.2.3"));
        }),
        ("policyMappings", |a| {
            a.values.mappings[0].1 = oid("1.2.392.1.3")
        }),
        ("policyConstraints", |a| a.values.inhibit_mapping = false),
        ("nameConstraints", |a| {
            a.values.names.as_mut().unwrap().excluded.swap(0, 1);
        }),
        ("cRLDistributionPoints", |a| {
            a.values.distribution_url = None
        }),
        ("authorityKeyIdentifier", |a| {
            a.values.authority_key_identifier = Some(vec![9; 20]);
        }),
        ("subjectKeyIdentifier", |a| {
            a.values.subject_key_identifier = Some(vec![9; 20]);
        }),
    ];
    let tbs = built(&CROSS, &cross());
    for (field, change) in cases {
        let mut other = cross();
        change(&mut other);
        let text = refusal(check(&CROSS, &other, &tbs)).to_string();
        assert!(
            text.starts_with(&format!("profile check: {field}")),
            "{field}: {text}"
        );
    }
}

/// What a certificate is signed by, and what it is of.
fn for_key(mut asked: Asked, key: &TestKey) -> Asked {
    asked.issuer_key = key.public_key().spki().to_vec();
    asked
}

#[test]
fn what_was_checked_is_signed_by_the_issuers_key_alone() {
    let (key, other) = (TestKey::generate(), TestKey::generate());
    let asked = for_key(responder(), &key);
    let signed = build(&RESPONDER, &asked).unwrap().sign(&key).unwrap();
    let parsed = x509_cert::Certificate::from_der(&signed).unwrap();
    let tbs = parsed.tbs_certificate.to_der().unwrap();
    assert_eq!(tbs, built(&RESPONDER, &asked));
    assert_eq!(parsed.signature_algorithm, parsed.tbs_certificate.signature);
    let digest = Hash::Sha256.digest(&tbs);
    assert!(
        key.public_key()
            .verifies(&digest, parsed.signature.raw_bytes())
    );

    let refused = refusal(build(&RESPONDER, &asked).unwrap().sign(&other));
    assert!(refused.kind() == Kind::Key, "{refused}");
}

#[test]
fn many_are_signed_together_or_none() {
    let (key, other) = (TestKey::generate(), TestKey::generate());
    let two = || {
        [(&CROSS, cross()), (&LINK, link())]
            .map(|(profile, asked)| build(profile, &for_key(asked, &key)).unwrap())
            .into()
    };
    assert_eq!(CheckedTbs::sign_all(two(), &key, None).unwrap().len(), 2);
    assert!(CheckedTbs::sign_all(vec![], &key, None).unwrap().is_empty());
    assert!(CheckedTbs::sign_all(two(), &other, None).is_err());
    let mut mixed: Vec<CheckedTbs> = two();
    let mut asked = for_key(cross(), &key);
    asked.signature = SignatureAlgorithm::Sha384;
    mixed.push(build(&CROSS, &asked).unwrap());
    assert!(CheckedTbs::sign_all(mixed, &key, None).is_err());
}

proptest! {
    #[test]
    fn octets_cut_out_put_in_or_moved_are_refused(
        kind in 0_usize..5,
        from in any::<prop::sample::Index>(),
        len in 0_usize..40,
        put_in in prop::collection::vec(any::<u8>(), 0..40),
        to in any::<prop::sample::Index>(),
    ) {
        let every = every();
        let (profile, asked) = &every[kind];
        let tbs = built(profile, asked);
        let from = from.index(tbs.len());
        let end = (from + len).min(tbs.len());
        let replaced = [&tbs[..from], &put_in, &tbs[end..]].concat();
        let mut rest = [&tbs[..from], &tbs[end..]].concat();
        let to = to.index(rest.len() + 1);
        rest.splice(to..to, tbs[from..end].iter().copied());
        for altered in [replaced, rest] {
            prop_assert!(altered == tbs || check(profile, asked, &altered).is_err());
        }
    }
}
