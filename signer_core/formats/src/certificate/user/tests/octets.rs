//! Both checks accept the same octets: those that say what was asked, and no others.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::{fields, inputs, key, name, refusal, request};
use crate::certificate::check;
use crate::certificate::kinds::USER;
use crate::certificate::user::build::{Parts, tbs_certificate};
use crate::certificate::user::proven::Proven;
use crate::certificate::user::{
    RequestFields, TemplateInputs, UserCertificateRequest, each, sample,
};
use crate::error::Result;

/// What a template holds, in pieces that a test can put together wrongly.
struct Authority {
    inputs: TemplateInputs,
    parts: Parts,
    proven: Proven,
}

impl Authority {
    fn new(inputs: TemplateInputs) -> Self {
        let parts = parts(&inputs);
        let proven = proven(&inputs, &parts).unwrap();
        Self {
            inputs,
            parts,
            proven,
        }
    }

    fn build(&self, request: &UserCertificateRequest) -> Vec<u8> {
        tbs_certificate(&self.parts, request).unwrap()
    }

    fn each(&self, request: &UserCertificateRequest, tbs: &[u8]) -> Result<()> {
        each::check(&self.proven, request, tbs)
    }

    fn complete(&self, request: &UserCertificateRequest, tbs: &[u8]) -> Result<()> {
        check(&USER, &self.inputs.asked(request)?, tbs).map(|_| ())
    }

    /// Both checks refuse.
    fn refuses(&self, request: &UserCertificateRequest, tbs: &[u8]) -> bool {
        self.each(request, tbs).is_err() && self.complete(request, tbs).is_err()
    }
}

fn parts(inputs: &TemplateInputs) -> Parts {
    let sample = sample::request(inputs).unwrap();
    Parts::new(&inputs.asked(&sample).unwrap()).unwrap()
}

/// What is proven of these parts against these inputs.
fn proven(inputs: &TemplateInputs, parts: &Parts) -> Result<Proven> {
    let sample = sample::request(inputs).unwrap();
    let tbs = tbs_certificate(parts, &sample).unwrap();
    Proven::new(&inputs.asked(&sample).unwrap(), &tbs)
}

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::new(inputs()));

fn without_addresses() -> Authority {
    Authority::new(TemplateInputs {
        ocsp_url: None,
        ..inputs()
    })
}

/// Requests whose certificates differ in every length and in both time types.
fn different_requests() -> Vec<UserCertificateRequest> {
    [
        request(|_| ()),
        request(|f| {
            f.partition_url = None;
            f.serial = vec![0x01; 9];
            f.not_before = 2_500_000_000;
            f.not_after = 2_540_473_199;
        }),
        request(|f| {
            f.name = "長".repeat(200);
            f.name_substitutions = "1".repeat(200);
            f.address = "a".into();
            f.address_substitutions = "0".into();
        }),
    ]
    .map(Result::unwrap)
    .into()
}

#[test]
fn no_octet_can_be_any_other() {
    for authority in [Authority::new(inputs()), without_addresses()] {
        for request in different_requests() {
            let tbs = authority.build(&request);
            assert!(authority.each(&request, &tbs).is_ok());
            assert!(authority.complete(&request, &tbs).is_ok());
            let places: Vec<usize> = (0..tbs.len()).collect();
            // Each octet is tried with 255 others: half of them beside the other half.
            std::thread::scope(|scope| {
                for part in places.chunks(places.len().div_ceil(2)) {
                    let (authority, request, tbs) = (&authority, &request, &tbs);
                    scope.spawn(move || {
                        for &place in part {
                            refuses_others_at(authority, request, tbs, place);
                        }
                    });
                }
            });
            assert!(authority.refuses(&request, &[&tbs[..], &[0]].concat()));
        }
    }
}

fn refuses_others_at(
    authority: &Authority,
    request: &UserCertificateRequest,
    tbs: &[u8],
    place: usize,
) {
    let mut altered = tbs.to_vec();
    for octet in (0..=u8::MAX).filter(|octet| *octet != tbs[place]) {
        altered[place] = octet;
        let read = authority.each(request, &altered);
        assert!(read.is_err(), "octet {place}: {octet}");
    }
    for bit in 0..8 {
        altered[place] = tbs[place] ^ (1 << bit);
        let read = authority.complete(request, &altered);
        assert!(read.is_err(), "octet {place}, bit {bit}");
    }
    assert!(authority.refuses(request, &tbs[..place]), "cut at {place}");
}

#[test]
fn a_certificate_of_another_request_is_refused_by_its_field() {
    type Change = fn(&mut RequestFields);
    let cases: [(&str, Change); 20] = [
        ("serialNumber", |f| f.serial[15] ^= 1),
        ("serialNumber", |f| f.serial = vec![0x9a; 15]),
        ("notBefore", |f| f.not_before += 1),
        ("notAfter", |f| f.not_after += 86_400),
        ("notAfter", |f| f.not_after -= 86_400),
        ("subject.L[0]", |f| f.prefecture = "Tokyo-tp".into()),
        ("subject.L[0]", |f| {
            f.prefecture = "Chiyoda-ku".into();
            f.municipality = "Tokyo-to".into();
        }),
        ("subject.L[1]", |f| f.municipality = "Chiyoda-k".into()),
        ("subject.CN", |f| {
            f.common_name = "202601010900000000113101001B".into();
        }),
        ("subjectPublicKeyInfo", |f| {
            f.public_key = key(aws_lc_rs::rsa::KeySize::Rsa2048);
        }),
        ("subjectAltName", |f| f.name = "山田　次郎".into()),
        ("subjectAltName", |f| f.birth_date = "319800218".into()),
        ("subjectAltName", |f| f.sex = "2".into()),
        ("subjectAltName", |f| {
            f.address = "東京都千代田区霞ヶ関".into()
        }),
        ("subjectAltName", |f| f.name_substitutions = "00000".into()),
        ("subjectAltName", |f| {
            f.address_substitutions = "0000000000".into();
        }),
        ("subjectAltName", |f| {
            std::mem::swap(&mut f.name, &mut f.address);
            std::mem::swap(&mut f.name_substitutions, &mut f.address_substitutions);
        }),
        ("cRLDistributionPoints", |f| {
            f.partition = name("CN=13102,O=OpenJPKI,C=JP");
        }),
        ("cRLDistributionPoints", |f| f.partition_url = None),
        ("cRLDistributionPoints", |f| {
            f.partition_url = Some("http://crl.example/13102.crl".into());
        }),
    ];
    let asked = request(|_| ()).unwrap();
    let tbs = AUTHORITY.build(&asked);
    for (field, change) in cases {
        let other = request(change).unwrap();
        let text = refusal(AUTHORITY.each(&other, &tbs));
        assert!(
            text.starts_with(&format!("profile check: {field} ")),
            "{field}: {text}"
        );
        assert!(
            AUTHORITY.refuses(&asked, &AUTHORITY.build(&other)),
            "{field}"
        );
        assert!(AUTHORITY.complete(&other, &tbs).is_err(), "{field}");
    }
}

#[test]
fn another_authoritys_parts_are_refused_at_both_ends() {
    type Change = fn(&mut TemplateInputs);
    let cases: [(&str, Change); 7] = [
        ("signature or issuer", |i| i.issuer = name("O=Other,C=JP")),
        ("certificatePolicies or issuerAltName", |i| {
            i.policy = "1.2.392.200149.99.2".into();
        }),
        ("certificatePolicies or issuerAltName", |i| {
            i.cps_url = "http://repository.example/cpt".into();
        }),
        ("certificatePolicies or issuerAltName", |i| {
            i.issuer_alt_name = name("O=Other,C=JP");
        }),
        ("authorityInfoAccess or authorityKeyIdentifier", |i| {
            i.ocsp_url = None;
        }),
        ("authorityInfoAccess or authorityKeyIdentifier", |i| {
            i.ocsp_url = Some("http://ocsq.example/".into());
        }),
        ("authorityInfoAccess or authorityKeyIdentifier", |i| {
            i.authority_key_identifier = vec![8; 20];
        }),
    ];
    let request = request(|_| ()).unwrap();
    for (field, change) in cases {
        let mut others = inputs();
        change(&mut others);
        // A writer that has prepared something else than the inputs say: no template comes of it.
        assert!(proven(&inputs(), &parts(&others)).is_err(), "{field}");
        // And one whose constant parts change after the template was made.
        let tbs = tbs_certificate(&parts(&others), &request).unwrap();
        let text = refusal(AUTHORITY.each(&request, &tbs));
        assert!(
            text.starts_with(&format!("profile check: {field} ")),
            "{field}: {text}"
        );
        assert!(AUTHORITY.complete(&request, &tbs).is_err(), "{field}");
    }
}

#[test]
fn a_sample_of_another_request_proves_nothing() {
    let inputs = inputs();
    let sample = sample::request(&inputs).unwrap();
    let tbs = tbs_certificate(&parts(&inputs), &request(|_| ()).unwrap()).unwrap();
    assert!(Proven::new(&inputs.asked(&sample).unwrap(), &tbs).is_err());
}

/// Only in tests, where the attributes are nobody's: proptest shows what failed.
impl std::fmt::Debug for RequestFields {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestFields")
            .field("serial", &self.serial)
            .field("validity", &(self.not_before, self.not_after))
            .field("places", &(&self.prefecture, &self.municipality))
            .field("common_name", &self.common_name)
            .field(
                "person",
                &(&self.name, &self.birth_date, &self.sex, &self.address),
            )
            .field(
                "positions",
                &(&self.name_substitutions, &self.address_substitutions),
            )
            .field("partition", &(&self.partition, &self.partition_url))
            .finish_non_exhaustive()
    }
}

fn text(max: usize) -> impl Strategy<Value = String> {
    // ASCII, kana and kanji, and the ideographs outside the first plane.
    let one = prop_oneof![
        prop::char::range(' ', '~'),
        prop::char::range('ぁ', '龠'),
        prop::char::range('\u{20000}', '\u{2a6df}'),
    ];
    prop::collection::vec(one, 1..=max).prop_map(String::from_iter)
}

/// A text and one position, 0 or 1, for each of its characters.
fn with_positions() -> impl Strategy<Value = (String, String)> {
    text(200).prop_flat_map(|text| {
        let count = text.chars().count();
        let positions = prop::collection::vec(prop_oneof![Just('0'), Just('1')], count);
        (Just(text), positions.prop_map(String::from_iter))
    })
}

fn any_fields() -> impl Strategy<Value = RequestFields> {
    let serial = prop::collection::vec(any::<u8>(), 9..=20).prop_map(|mut serial| {
        serial[0] = serial[0] & 0x7f | 1;
        serial
    });
    // Days since 1970 through the year 9999, and how long from there.
    let validity = (0_i64..2_900_000, 0_i64..86_400, 1_i64..1_800);
    let place = "[A-Za-z-]{1,128}";
    let common_name = "[0-9]{27}[A-Z]";
    let partition = "CN=[0-9A-Za-z]{1,60},O=[A-Za-z]{1,60},C=JP";
    let url = prop::option::of("http://[a-z]{1,150}/[0-9]{5}\\.crl");
    (
        (serial, validity, place, place, common_name),
        ("[0-5][0-9]{8}", "[0-9]", with_positions(), with_positions()),
        (partition, url),
    )
        .prop_map(|(subject, person, (partition, partition_url))| {
            let (serial, (day, second, days), prefecture, municipality, common_name) = subject;
            let (birth_date, sex, name_and_positions, address_and_positions) = person;
            RequestFields {
                serial,
                not_before: day * 86_400 + second,
                not_after: (day + days) * 86_400 + 14 * 3600 + 59 * 60 + 59,
                prefecture,
                municipality,
                common_name,
                birth_date,
                sex,
                name: name_and_positions.0,
                name_substitutions: name_and_positions.1,
                address: address_and_positions.0,
                address_substitutions: address_and_positions.1,
                partition: name(&partition),
                partition_url,
                ..fields()
            }
        })
}

proptest! {
    #[test]
    fn every_request_passes_both_and_no_other_does(one in any_fields(), two in any_fields()) {
        let one = UserCertificateRequest::new(one).unwrap();
        let two = UserCertificateRequest::new(two).unwrap();
        let tbs = AUTHORITY.build(&one);
        prop_assert!(AUTHORITY.each(&one, &tbs).is_ok());
        prop_assert!(AUTHORITY.complete(&one, &tbs).is_ok());
        prop_assert!(AUTHORITY.refuses(&two, &tbs));
    }

    #[test]
    fn octets_cut_out_put_in_or_moved_are_refused(
        fields in any_fields(),
        from in any::<prop::sample::Index>(),
        len in 0_usize..40,
        put_in in prop::collection::vec(any::<u8>(), 0..40),
        to in any::<prop::sample::Index>(),
    ) {
        let request = UserCertificateRequest::new(fields).unwrap();
        let tbs = AUTHORITY.build(&request);
        let from = from.index(tbs.len());
        let end = (from + len).min(tbs.len());
        let replaced = [&tbs[..from], &put_in, &tbs[end..]].concat();
        let mut rest = [&tbs[..from], &tbs[end..]].concat();
        let to = to.index(rest.len() + 1);
        rest.splice(to..to, tbs[from..end].iter().copied());
        for altered in [replaced, rest] {
            prop_assert!(altered == tbs || AUTHORITY.refuses(&request, &altered));
        }
    }
}
