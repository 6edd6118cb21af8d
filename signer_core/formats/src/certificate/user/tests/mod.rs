//! The check against one altered field at a time, and the refusals of bad requests.

mod octets;

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use der::asn1::{Any, BitString, OctetString};
use der::{Decode, Encode};
use x509_cert::TbsCertificate;
use x509_cert::ext::Extension;
use x509_cert::serial_number::SerialNumber;

use super::*;
use crate::certificate::asked::SignatureAlgorithm;
use crate::certificate::kinds::USER;
use crate::error::Error;

fn key(size: KeySize) -> Vec<u8> {
    let pair = KeyPair::generate(size).unwrap();
    let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    der.as_ref().to_vec()
}

static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| key(KeySize::Rsa2048));
static ISSUER_KEY: LazyLock<Vec<u8>> = LazyLock::new(|| key(KeySize::Rsa2048));

fn name(text: &str) -> Vec<u8> {
    text.parse::<x509_cert::name::Name>()
        .unwrap()
        .to_der()
        .unwrap()
}

fn inputs() -> TemplateInputs {
    TemplateInputs {
        issuer: name("OU=Governor of Tokyo,O=OpenJPKI,C=JP"),
        issuer_key: ISSUER_KEY.clone(),
        signature: SignatureAlgorithm::Sha256,
        policy: "1.2.392.200149.99.1".into(),
        cps_url: "http://repository.example/cps".into(),
        issuer_alt_name: name("O=公的個人認証サービス,C=JP"),
        ocsp_url: Some("http://ocsp.example/".into()),
        authority_key_identifier: vec![7; 20],
    }
}

fn fields() -> RequestFields {
    RequestFields {
        serial: vec![0x9a; 16],
        not_before: 1_767_225_600,
        not_after: 1_861_801_199,
        prefecture: "Tokyo-to".into(),
        municipality: "Chiyoda-ku".into(),
        common_name: "202601010900000000113101001A".into(),
        public_key: KEY.clone(),
        name: "山田　太郎".into(),
        birth_date: "319800217".into(),
        sex: "1".into(),
        address: "東京都千代田区霞が関".into(),
        name_substitutions: "00100".into(),
        address_substitutions: "0000000001".into(),
        partition: name("CN=13101,O=OpenJPKI,C=JP"),
        partition_url: Some("http://crl.example/13101.crl".into()),
    }
}

fn request(change: impl FnOnce(&mut RequestFields)) -> Result<UserCertificateRequest, Error> {
    let mut fields = fields();
    change(&mut fields);
    UserCertificateRequest::new(fields)
}

/// What the template builds.
fn octets(template: &UserCertificateTemplate, request: &UserCertificateRequest) -> Vec<u8> {
    template.build(request).unwrap().octets().to_vec()
}

fn refusal<T>(result: Result<T, Error>) -> String {
    match result {
        Err(error) => error.to_string(),
        Ok(_) => String::from("accepted"),
    }
}

#[test]
fn what_was_built_passes_the_check() {
    let template = UserCertificateTemplate::new(inputs()).unwrap();
    let tbs = octets(&template, &request(|_| ()).unwrap());
    let parsed = TbsCertificate::from_der(&tbs).unwrap();
    assert_eq!(parsed.extensions.unwrap().len(), 8);
}

#[test]
fn optional_addresses_can_be_left_out() {
    let template = UserCertificateTemplate::new(TemplateInputs {
        ocsp_url: None,
        ..inputs()
    })
    .unwrap();
    let request = request(|f| f.partition_url = None).unwrap();
    let tbs = octets(&template, &request);
    assert_eq!(
        TbsCertificate::from_der(&tbs)
            .unwrap()
            .extensions
            .unwrap()
            .len(),
        7
    );
}

#[test]
fn dates_from_2050_on_are_generalized_time() {
    let template = UserCertificateTemplate::new(inputs()).unwrap();
    let request = request(|f| {
        f.not_before = 2_500_000_000;
        f.not_after = 2_540_473_199;
    })
    .unwrap();
    let tbs = octets(&template, &request);
    let parsed = TbsCertificate::from_der(&tbs).unwrap();
    let generalized = |t: x509_cert::time::Time| matches!(t, x509_cert::time::Time::GeneralTime(_));
    assert!(generalized(parsed.validity.not_after));
    assert!(!generalized(parsed.validity.not_before));
}

#[test]
fn an_altered_field_is_named() {
    type Change = fn(&mut TbsCertificate);
    fn extension(tbs: &mut TbsCertificate, place: usize) -> &mut Extension {
        &mut tbs.extensions.as_mut().unwrap()[place]
    }
    /// Flips one bit of the last octet of an extension's value.
    fn flip(tbs: &mut TbsCertificate, place: usize) {
        let extension = extension(tbs, place);
        let mut value = extension.extn_value.as_bytes().to_vec();
        *value.last_mut().unwrap() ^= 1;
        extension.extn_value = OctetString::new(value).unwrap();
    }
    fn subject(tbs: &mut TbsCertificate, place: usize, value: Any) {
        let mut attribute = tbs.subject.0[place].0.as_slice()[0].clone();
        attribute.value = value;
        tbs.subject.0[place].0 = vec![attribute].try_into().unwrap();
    }
    let cases: [(&str, Change); 21] = [
        ("version", |t| t.version = x509_cert::Version::V1),
        ("serialNumber", |t| {
            t.serial_number = SerialNumber::new(&[0x9b; 16]).unwrap();
        }),
        ("signature", |t| {
            t.signature.oid = der::oid::ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
        }),
        ("issuer", |t| t.issuer.0.truncate(2)),
        ("notAfter", |t| t.validity.not_after = t.validity.not_before),
        ("notBefore", |t| {
            t.validity.not_before = t.validity.not_after
        }),
        ("subject.C", |t| {
            subject(t, 0, Any::new(der::Tag::Utf8String, &b"JP"[..]).unwrap());
        }),
        ("subject.L[0]", |t| {
            subject(
                t,
                1,
                Any::new(der::Tag::PrintableString, &b"Tokyo-to"[..]).unwrap(),
            );
        }),
        ("subject.L[1]", |t| t.subject.0[2] = t.subject.0[1].clone()),
        ("subject.CN", |t| {
            subject(t, 3, Any::new(der::Tag::Utf8String, &b"1"[..]).unwrap());
        }),
        ("subject ", |t| t.subject.0.truncate(3)),
        ("subjectPublicKeyInfo", |t| {
            t.subject_public_key_info.subject_public_key = BitString::from_bytes(&[0; 4]).unwrap();
        }),
        ("subjectPublicKeyInfo", |t| {
            t.subject_public_key_info = Decode::from_der(&key(KeySize::Rsa2048)).unwrap();
        }),
        ("extensions", |t| {
            t.extensions.as_mut().unwrap().swap(0, 1);
        }),
        ("extensions", |t| extension(t, 1).critical = true),
        ("extensions", |t| {
            let mut extra = extension(t, 0).clone();
            extra.extn_id = der::oid::ObjectIdentifier::new_unwrap("2.5.29.19");
            t.extensions.as_mut().unwrap().push(extra);
        }),
        ("keyUsage", |t| {
            extension(t, 0).extn_value = OctetString::new(&[3, 2, 5, 0xe0][..]).unwrap();
        }),
        ("subjectAltName", |t| flip(t, 1)),
        ("certificatePolicies", |t| flip(t, 2)),
        ("cRLDistributionPoints", |t| flip(t, 4)),
        ("uniqueID", |t| {
            t.subject_unique_id = Some(BitString::from_bytes(&[1]).unwrap());
        }),
    ];
    let template = UserCertificateTemplate::new(inputs()).unwrap();
    let request = request(|_| ()).unwrap();
    let tbs = octets(&template, &request);
    for (field, change) in cases {
        let mut altered = TbsCertificate::from_der(&tbs).unwrap();
        change(&mut altered);
        let altered = altered.to_der().unwrap();
        let text = refusal(template.check(&request, &altered));
        assert!(
            text.starts_with(&format!("profile check: {field}")),
            "{field}: {text}"
        );
        assert!(template.check_own(&request, &altered).is_err(), "{field}");
    }
    for (place, field) in [
        (3, "issuerAltName"),
        (5, "authorityInfoAccess"),
        (6, "authorityKeyIdentifier"),
        (7, "subjectKeyIdentifier"),
    ] {
        let mut altered = TbsCertificate::from_der(&tbs).unwrap();
        flip(&mut altered, place);
        let text = refusal(template.check(&request, &altered.to_der().unwrap()));
        assert!(
            text.starts_with(&format!("profile check: {field}")),
            "{field}: {text}"
        );
    }
}

#[test]
fn bad_requests_are_refused_by_field() {
    type Change = fn(&mut RequestFields);
    let cases: [(&str, Change); 35] = [
        ("serial", |f| f.serial = vec![]),
        ("serial", |f| f.serial = vec![0; 20]),
        ("serial", |f| f.serial = vec![0x7f; 8]),
        ("serial", |f| f.serial = vec![0x80; 20]),
        ("serial", |f| f.serial = vec![0x01; 21]),
        ("not_after", |f| f.not_after -= 1),
        ("not_after", |f| f.not_after = f.not_before),
        ("not_after", |f| f.not_after += 2000 * 86_400),
        ("not_after", |f| f.not_after = i64::MAX),
        ("not_after", |f| f.not_before = i64::MIN),
        ("not_after", |f| f.not_before = -1),
        ("prefecture", |f| f.prefecture = String::new()),
        ("prefecture", |f| f.prefecture = "a".repeat(129)),
        ("municipality", |f| f.municipality = "Chiyoda\0".into()),
        ("common_name", |f| f.common_name.pop().map_or((), drop)),
        ("common_name", |f| {
            f.common_name = "2026010109000000001131010011".into()
        }),
        ("common_name", |f| f.common_name = "x".repeat(28)),
        ("name", |f| f.name = String::new()),
        ("name", |f| f.name = "山田\u{202e}".into()),
        ("name", |f| f.name = "邉\u{e0100}".into()),
        ("address", |f| f.address = "東".repeat(201)),
        ("address", |f| f.address = "東京\n".into()),
        ("birth_date", |f| f.birth_date = "619800217".into()),
        ("birth_date", |f| f.birth_date = "31980217".into()),
        ("sex", |f| f.sex = "男".into()),
        ("sex", |f| f.sex = String::new()),
        ("name_substitutions", |f| {
            f.name_substitutions = "0000".into()
        }),
        ("name_substitutions", |f| {
            f.name_substitutions = "00002".into()
        }),
        ("address_substitutions", |f| {
            f.address_substitutions.push('0')
        }),
        ("partition", |f| f.partition = vec![0x30, 0]),
        ("partition", |f| f.partition.push(0)),
        ("partition_url", |f| {
            f.partition_url = Some("http://例え".into())
        }),
        ("public_key", |f| f.public_key = key(KeySize::Rsa3072)),
        ("public_key", |f| f.public_key.push(0)),
        ("public_key", |f| {
            f.public_key.truncate(100);
        }),
    ];
    for (field, change) in cases {
        let text = refusal(request(change));
        assert!(text.starts_with(&format!("{field}: ")), "{field}: {text}");
    }
}

#[test]
fn leading_zeros_of_a_serial_are_not_part_of_it() {
    let template = UserCertificateTemplate::new(inputs()).unwrap();
    let padded = request(|f| f.serial = [&[0, 0, 0][..], &[0x9a; 16]].concat()).unwrap();
    let plain = request(|_| ()).unwrap();
    assert!(octets(&template, &padded) == octets(&template, &plain));
}

#[test]
fn bad_template_inputs_are_refused_by_field() {
    type Change = fn(&mut TemplateInputs);
    let cases: [(&str, Change); 8] = [
        ("issuer", |i| i.issuer.clear()),
        ("public_key", |i| {
            i.issuer_key = sample::request(i).unwrap().fields().public_key.clone();
        }),
        ("issuer_alt_name", |i| i.issuer_alt_name.push(0)),
        ("policy", |i| i.policy = "1.2.x".into()),
        ("cps_url", |i| i.cps_url = "repository".into()),
        ("ocsp_url", |i| i.ocsp_url = Some("http://a b/".into())),
        ("authority_key_identifier", |i| {
            i.authority_key_identifier.clear()
        }),
        ("authority_key_identifier", |i| {
            i.authority_key_identifier = vec![1; 65]
        }),
    ];
    for (field, change) in cases {
        let mut inputs = inputs();
        change(&mut inputs);
        let text = refusal(UserCertificateTemplate::new(inputs));
        assert!(text.starts_with(&format!("{field}: ")), "{field}: {text}");
    }
}

#[test]
fn a_batch_names_the_request_it_refuses() {
    // A template whose check can't pass: the certificate it is compared with has another issuer.
    let template = UserCertificateTemplate::new(inputs()).unwrap();
    let good = request(|_| ()).unwrap();
    assert_eq!(build_batch(&template, &[&good, &good]).unwrap().len(), 2);
    let other = UserCertificateTemplate::new(TemplateInputs {
        issuer: name("O=Other,C=JP"),
        ..inputs()
    })
    .unwrap();
    let tbs = octets(&other, &good);
    let text = refusal(template.check(&good, &tbs));
    assert_eq!(text, "profile check: issuer is not the authority's name");
}

#[test]
fn a_person_is_not_certified_with_the_authoritys_key() {
    let template = UserCertificateTemplate::new(inputs()).unwrap();
    let own = request(|f| f.public_key = ISSUER_KEY.clone()).unwrap();
    let text = refusal(template.build(&own));
    assert!(text.starts_with("public_key: "), "{text}");
}

#[test]
fn the_fast_way_writes_what_the_engine_does() {
    for ocsp_url in [None, Some("http://ocsp.example/".to_owned())] {
        let inputs = TemplateInputs {
            ocsp_url,
            ..inputs()
        };
        let template = UserCertificateTemplate::new(inputs.clone()).unwrap();
        let requests = [request(|_| ()), request(|f| f.partition_url = None)];
        for request in requests.map(Result::unwrap) {
            let asked = inputs.asked(&request).unwrap();
            let built = crate::certificate::build(&USER, &asked).unwrap();
            assert!(octets(&template, &request) == built.octets());
        }
    }
}
