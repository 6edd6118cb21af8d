//! Certificates that are read and refused by a rule, and octets that are not read.

use proptest::prelude::*;

use super::*;
use crate::names::general_names;
use crate::octets::wrapped;
use crate::signature::sha256;
use crate::testing::{Key, Made, NOW, extension, extension_of, name, sequence, time};
use crate::verdict::Reason;

/// The parts of a TBSCertificate, each of which a test may change.
struct Parts {
    version: Vec<u8>,
    serial: Vec<u8>,
    algorithm: Vec<u8>,
    issuer: Vec<u8>,
    validity: Vec<u8>,
    subject: Vec<u8>,
    after_key: Vec<u8>,
    extensions: Option<Vec<Vec<u8>>>,
    /// The key identifiers that every certificate has beside its other extensions.
    identifiers: Vec<Vec<u8>>,
}

/// ecdsa-with-SHA256.
const ALGORITHM: [u8; 12] = [0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];

impl Parts {
    fn new() -> Self {
        Self {
            version: vec![0xa0, 3, 2, 1, 2],
            serial: vec![2, 1, 5],
            algorithm: ALGORITHM.to_vec(),
            issuer: name("CA"),
            validity: sequence(&[&time(NOW), &time(NOW + 1)]),
            subject: name("User"),
            after_key: Vec::new(),
            extensions: Some(vec![extension(15, true, &[3, 2, 7, 0x80])]),
            identifiers: vec![subject_key(false), authority_key(false)],
        }
    }

    fn with(extensions: &[Vec<u8>]) -> Self {
        Self {
            extensions: Some(extensions.to_vec()),
            ..Self::new()
        }
    }

    fn read(&self) -> Result<Certificate, Unreadable> {
        let key = Key::new();
        let extensions = match &self.extensions {
            Some(all) if all.is_empty() => wrapped(0xa3, &wrapped(0x30, &[])),
            Some(all) => {
                let all = [all.concat(), self.identifiers.concat()].concat();
                wrapped(0xa3, &wrapped(0x30, &all))
            }
            None => Vec::new(),
        };
        let tbs = sequence(&[
            &self.version,
            &self.serial,
            &self.algorithm,
            &self.issuer,
            &self.validity,
            &self.subject,
            &key.spki(),
            &self.after_key,
            &extensions,
        ]);
        Certificate::read(&key.sign(&tbs))
    }

    fn rule(&self) -> Option<&'static str> {
        self.read().unwrap().fault().map(|fault| fault.rule)
    }
}

fn subject_key(critical: bool) -> Vec<u8> {
    extension(14, critical, &[4, 1, 1])
}

fn authority_key(critical: bool) -> Vec<u8> {
    extension(35, critical, &[0x30, 3, 0x80, 1, 1])
}

fn authority(more: &[Vec<u8>]) -> Parts {
    let basic = extension(19, true, &sequence(&[&[1, 1, 0xff]]));
    Parts::with(&[&[basic], more].concat())
}

#[test]
fn what_a_certificate_says_can_be_asked() {
    let key = Key::new();
    let made = Made::authority("CA", &key).serial(0x80).root(&key);
    assert_eq!(made.serial(), [0, 0x80]);
    assert!(made.is_self_issued() && made.is_authority() && made.is_version_3());
    assert!(made.key_usage_allows(KEY_CERT_SIGN) && made.key_usage_allows(CRL_SIGN));
    assert!(!made.key_usage_allows(0));
    assert_eq!(made.subject_key_identifier(), Some(&key.identifier()[..]));
    assert_eq!(made.key().spki(), key.spki());
    assert_eq!(made.fault(), None);
    assert_eq!(Certificate::read(made.octets()), Ok(made.clone()));
    assert_eq!(made.sha256(), &sha256(made.octets()));
}

#[test]
fn each_rule_of_section_4_is_told() {
    let plain = Parts::new;
    let long: Vec<u8> = [&[2, 21, 1][..], &[0; 20]].concat();
    let longest: Vec<u8> = [&[2, 21, 0, 0xff][..], &[0; 19]].concat();
    let twice = extension_of(&[0x2a, 3], false, b"x");
    let names = |critical| {
        let tree = wrapped(0x30, &wrapped(0x82, b"a"));
        extension(30, critical, &sequence(&[&wrapped(0xa0, &tree)]))
    };
    let policy = |oids: &[&[u8]]| {
        let list: Vec<u8> = oids
            .iter()
            .flat_map(|oid| sequence(&[&wrapped(6, oid)]))
            .collect();
        extension(32, false, &wrapped(0x30, &list))
    };
    let empty = |number| extension(number, true, &[0x30, 0]);
    let cases = [
        (plain(), None),
        (
            Parts {
                version: vec![0xa0, 3, 2, 1, 3],
                ..plain()
            },
            Some("version"),
        ),
        (
            Parts {
                version: vec![],
                ..plain()
            },
            Some("extensions: only version 3"),
        ),
        (
            Parts {
                version: vec![0xa0, 3, 2, 1, 1],
                ..plain()
            },
            Some("extensions: only version 3"),
        ),
        (
            Parts {
                version: vec![],
                extensions: None,
                ..plain()
            },
            None,
        ),
        (
            Parts {
                version: vec![],
                extensions: None,
                after_key: vec![0x81, 2, 0, 1],
                ..plain()
            },
            Some("uniqueIdentifiers"),
        ),
        (Parts::with(&[]), Some("extensions: an empty")),
        (
            Parts {
                algorithm: [&ALGORITHM[..11], &[3]].concat(),
                ..plain()
            },
            Some("signature: another"),
        ),
        (
            Parts {
                serial: vec![2, 1, 0],
                ..plain()
            },
            Some("serialNumber: not positive"),
        ),
        (
            Parts {
                serial: vec![2, 1, 0xff],
                ..plain()
            },
            Some("serialNumber: not positive"),
        ),
        (
            Parts {
                serial: long,
                ..plain()
            },
            Some("serialNumber: longer"),
        ),
        (
            Parts {
                serial: longest,
                ..plain()
            },
            None,
        ),
        (
            Parts::with(&[twice.clone(), twice]),
            Some("extensions: one is there twice"),
        ),
        (
            Parts::with(&[policy(&[&[0x2a, 3], &[0x2a, 3]])]),
            Some("certificatePolicies: one"),
        ),
        (Parts::with(&[policy(&[&[0x2a, 3], &[0x2a, 4]])]), None),
        (
            Parts::with(&[policy(&[])]),
            Some("certificatePolicies: an empty"),
        ),
        (
            Parts {
                identifiers: vec![subject_key(true), authority_key(false)],
                ..plain()
            },
            Some("subjectKeyIdentifier: must not"),
        ),
        (
            Parts {
                identifiers: vec![subject_key(false), authority_key(true)],
                ..plain()
            },
            Some("authorityKeyIdentifier: must not"),
        ),
        (
            Parts {
                identifiers: vec![subject_key(false)],
                ..plain()
            },
            Some("authorityKeyIdentifier: not there"),
        ),
        // One that its issuer signed itself may do without both.
        (
            Parts {
                identifiers: vec![],
                issuer: name("User"),
                ..authority(&[])
            },
            None,
        ),
        (
            Parts {
                identifiers: vec![authority_key(false)],
                ..authority(&[])
            },
            Some("subjectKeyIdentifier: an authority's"),
        ),
        (
            Parts {
                identifiers: vec![authority_key(false)],
                ..plain()
            },
            None,
        ),
        (
            Parts::with(&[extension_of(&[0x2b, 6, 1, 5, 5, 7, 1, 1], true, &[0x30, 0])]),
            Some("authorityInfoAccess"),
        ),
        (
            authority(&[names(false)]),
            Some("nameConstraints: must be critical"),
        ),
        (authority(&[names(true)]), None),
        (
            Parts::with(&[names(true)]),
            Some("nameConstraints: only authorities"),
        ),
        (authority(&[empty(30)]), Some("nameConstraints: an empty")),
        (authority(&[empty(36)]), Some("policyConstraints: an empty")),
        (authority(&[empty(33)]), Some("policyMappings: an empty")),
        (Parts::with(&[empty(37)]), Some("extKeyUsage: an empty")),
        (Parts::with(&[empty(17)]), Some("subjectAltName: an empty")),
        (
            Parts::with(&[extension(19, true, &[0x30, 3, 2, 1, 0])]),
            Some("basicConstraints: pathLen"),
        ),
        // cA FALSE written out is taken.
        (
            Parts::with(&[extension(19, true, &[0x30, 3, 1, 1, 0])]),
            None,
        ),
        (
            Parts::with(&[extension(15, true, &[3, 2, 2, 4])]),
            Some("keyUsage: keyCertSign"),
        ),
        (
            Parts::with(&[extension(15, true, &[3, 1, 0])]),
            Some("keyUsage: no bit"),
        ),
        (
            Parts::with(&[empty(31)]),
            Some("cRLDistributionPoints: an empty"),
        ),
        (
            Parts::with(&[extension(46, false, &[0x30, 0])]),
            Some("freshestCRL: an empty"),
        ),
        (
            Parts {
                issuer: vec![0x30, 0],
                ..plain()
            },
            Some("issuer: an empty"),
        ),
        (
            Parts {
                subject: vec![0x30, 0],
                ..plain()
            },
            Some("subject: empty without"),
        ),
        (
            Parts {
                subject: vec![0x30, 0],
                ..Parts::with(&[extension(17, true, &[0x30, 3, 0x82, 1, b'a'])])
            },
            None,
        ),
        (
            Parts {
                subject: vec![0x30, 0],
                ..authority(&[])
            },
            Some("subject: an authority's"),
        ),
    ];
    for (number, (parts, wanted)) in cases.into_iter().enumerate() {
        let found = parts.rule();
        assert!(
            match wanted {
                Some(start) => found.is_some_and(|rule| rule.starts_with(start)),
                None => found.is_none(),
            },
            "case {number}: {found:?}"
        );
    }
}

#[test]
fn critical_policies_with_an_unknown_qualifier_are_not_processed() {
    let qualifier = |kind: &[u8]| sequence(&[&sequence(&[&wrapped(6, kind), &[5, 0]])]);
    let of = |critical, kind: &[u8]| {
        let information = sequence(&[&wrapped(6, &[0x2a, 3]), &qualifier(kind)]);
        Parts::with(&[extension(32, critical, &sequence(&[&information]))])
            .read()
            .unwrap()
            .fault()
            .map(|fault| fault.reason)
    };
    let cps = [0x2b, 6, 1, 5, 5, 7, 2, 1];
    assert_eq!(of(true, &cps), None);
    assert_eq!(of(false, &[0x2a, 9]), None);
    assert_eq!(of(true, &[0x2a, 9]), Some(Reason::UnknownCriticalExtension));
}

#[test]
fn what_is_no_der_of_a_certificate_is_not_read() {
    let plain = Parts::new;
    let times = |one: &[u8], other: &[u8]| Parts {
        validity: sequence(&[one, other]),
        ..plain()
    };
    let utc = |text: &str| wrapped(0x17, text.as_bytes());
    let generalized = |text: &str| wrapped(0x18, text.as_bytes());
    for (number, parts) in [
        // Serial numbers with a needless octet.
        Parts {
            serial: vec![2, 2, 0, 5],
            ..plain()
        },
        Parts {
            serial: vec![2, 0],
            ..plain()
        },
        // Times without seconds, with an offset, with a fraction, on no day.
        times(&utc("2506010000Z"), &time(NOW)),
        times(&utc("250601000000+0900"), &time(NOW)),
        times(&generalized("20250601000000.5Z"), &time(NOW)),
        times(&generalized("20250230000000Z"), &time(NOW)),
        // A BOOLEAN that is neither.
        Parts::with(&[extension(19, true, &[0x30, 3, 1, 1, 1])]),
        // Truncated and padded identifiers, and one octet too many.
        Parts::with(&[extension(32, false, &[0x30, 5, 0x30, 3, 6, 1, 0x80])]),
        Parts::with(&[extension(32, false, &[0x30, 6, 0x30, 4, 6, 2, 0x80, 1])]),
        Parts::with(&[extension(54, true, &[2, 1, 0, 0])]),
        Parts::with(&[extension(54, true, &[2, 1, 0xff])]),
        Parts::with(&[extension(17, false, b"example.jp")]),
        Parts::with(&[extension(17, false, &[0x30, 3, 0x8f, 1, b'a'])]),
        Parts {
            subject: vec![0x30, 2, 0x31, 0],
            ..plain()
        },
        Parts {
            version: vec![0xa0, 3, 2, 1, 0xff],
            ..plain()
        },
        // Distribution points: no sequence, a name of neither kind, a string with unused bits set.
        Parts::with(&[extension(31, false, &[4, 0])]),
        Parts::with(&[extension(31, false, &[0x30, 6, 0x30, 4, 0xa0, 2, 0x05, 0])]),
        Parts::with(&[extension(46, false, &[0x30, 4, 0x30, 2, 0x81, 0])]),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(parts.read().is_err(), "case {number}");
    }
    let whole = plain().read().unwrap().octets().to_vec();
    assert!(Certificate::read(&[&whole[..], &[0]].concat()).is_err());
    assert!(Certificate::read(&whole[..whole.len() - 1]).is_err());
    assert!(Certificate::read(&vec![0; MAXIMUM_OCTETS + 1]).is_err());
}

#[test]
fn odd_and_legal_things_are_read() {
    // UUIDs as identifiers, times before 1970, a name in UniversalString.
    let uuid = [&[0x69][..], &[0x83], &[0xff; 17], &[0x7f]].concat();
    let policies = sequence(&[&sequence(&[&wrapped(6, &uuid)])]);
    let kind = [6, 3, 0x55, 4, 3];
    let universal = sequence(&[&kind, &wrapped(0x1c, &[0, 0, 0, b'a'])]);
    let read = Parts {
        validity: sequence(&[
            &wrapped(0x17, b"500101000000Z"),
            &wrapped(0x18, b"99991231235959Z"),
        ]),
        subject: sequence(&[&wrapped(0x31, &universal)]),
        ..Parts::with(&[extension(32, false, &policies)])
    }
    .read()
    .unwrap();
    assert_eq!(read.not_before(), -631_152_000);
    assert_eq!(read.not_after(), 253_402_300_799);
    assert_eq!(read.subject(), &Name::read(&name("A")).unwrap());
    assert_eq!(read.fault(), None);
}

#[test]
fn a_key_that_is_not_used_here_can_be_read_and_is_told() {
    let key = Key::new();
    let made = Made::user("User", &key).root(&key);
    let at = made
        .octets()
        .windows(65)
        .position(|part| part == key.bits())
        .unwrap();
    let mut octets = made.octets().to_vec();
    octets[at + 64] ^= 1;
    let read = Certificate::read(&octets).unwrap();
    let rule = read.key().judge(&Default::default()).unwrap_err();
    assert_eq!(rule, "the point is not on the curve");
}

proptest! {
    /// Whatever octets come, nothing panics; and what is read says the same as its own octets.
    #[test]
    fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Certificate::read(&octets);
        let _ = Name::read(&octets);
        let _ = general_names(&octets);
        let _ = PublicKey::read(&octets);
    }

    #[test]
    fn changed_certificates_are_read_or_refused_and_never_verify(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        use crate::signature::{SignaturePolicy, Signatures};
        static MADE: std::sync::LazyLock<(Certificate, Certificate)> =
            std::sync::LazyLock::new(|| {
                let key = Key::new();
                let tree = wrapped(0x30, &wrapped(0x82, b"a.example"));
                let names = sequence(&[&wrapped(0xa0, &tree)]);
                let policies = sequence(&[&sequence(&[&[6, 2, 0x2a, 3]])]);
                let root = Made::authority("Root", &key).root(&key);
                let made = Made::authority("CA", &Key::new())
                    .with(extension(30, true, &names))
                    .with(extension(32, true, &policies))
                    .by("Root", &key);
                (root, made)
            });
        let (root, made) = &*MADE;
        let mut octets = made.octets().to_vec();
        for (place, octet) in &changes {
            let place = place.index(octets.len());
            octets[place] = *octet;
        }
        if let Ok(read) = Certificate::read(&octets) {
            let mut signatures = Signatures::new(SignaturePolicy::default(), 100);
            let holds = signatures.verify(root.key(), &read.signed()).is_ok();
            let same = read.signed().octets == made.signed().octets;
            prop_assert!(same || !holds);
            let _ = read.constraints();
        }
    }
}
