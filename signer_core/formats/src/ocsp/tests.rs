//! Requests good and bad, and responses read back by `x509-ocsp`.

use std::sync::LazyLock;

use der::asn1::{Any, BitString, ObjectIdentifier, OctetString};
use der::{Decode, Encode};
use proptest::prelude::*;
use x509_cert::Certificate;
use x509_cert::ext::Extension;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{BasicOcspResponse, OcspResponse, OcspResponseStatus, Request, TbsRequest};

use super::*;
use crate::error::Kind;
use crate::signing::testing::TestKey;
use crate::signing::{Hash, Signer};

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");

fn asked(serial: u8) -> Request {
    Request {
        req_cert: x509_ocsp::CertId {
            hash_algorithm: AlgorithmIdentifierOwned {
                oid: SHA1,
                parameters: Some(Any::null()),
            },
            issuer_name_hash: OctetString::new(vec![1; 20]).unwrap(),
            issuer_key_hash: OctetString::new(vec![2; 20]).unwrap(),
            serial_number: SerialNumber::new(&[serial; 16]).unwrap(),
        },
        single_request_extensions: None,
    }
}

fn extension(oid: ObjectIdentifier, critical: bool, value: &[u8]) -> Extension {
    Extension {
        extn_id: oid,
        critical,
        extn_value: OctetString::new(value).unwrap(),
    }
}

fn nonce_extension(octets: usize) -> Extension {
    let value = OctetString::new(vec![9; octets]).unwrap().to_der().unwrap();
    extension(super::extensions::NONCE, false, &value)
}

fn tbs(count: u8, extensions: Vec<Extension>) -> TbsRequest {
    TbsRequest {
        version: x509_ocsp::Version::V1,
        requestor_name: None,
        request_list: (1..=count).map(asked).collect(),
        request_extensions: (!extensions.is_empty()).then_some(extensions),
    }
}

fn unsigned(tbs_request: TbsRequest) -> Vec<u8> {
    x509_ocsp::OcspRequest {
        tbs_request,
        optional_signature: None,
    }
    .to_der()
    .unwrap()
}

/// A self-signed certificate, made of the issuing path's own parts.
static RESPONDER: LazyLock<(TestKey, Vec<u8>)> = LazyLock::new(|| {
    let key = TestKey::generate();
    let name = "CN=Responder,C=JP"
        .parse::<x509_cert::name::Name>()
        .unwrap();
    let time = der::asn1::UtcTime::from_unix_duration(std::time::Duration::from_secs(0)).unwrap();
    let algorithm = AlgorithmIdentifierOwned {
        oid: crate::der::oid::SHA256_WITH_RSA,
        parameters: Some(Any::null()),
    };
    let tbs_certificate = x509_cert::TbsCertificate {
        version: x509_cert::Version::V3,
        serial_number: SerialNumber::new(&[1]).unwrap(),
        signature: algorithm.clone(),
        issuer: name.clone(),
        validity: x509_cert::time::Validity {
            not_before: time.into(),
            not_after: time.into(),
        },
        subject: name,
        subject_public_key_info: Decode::from_der(key.public_key().spki()).unwrap(),
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: None,
    };
    let signature = key.sign(&tbs_certificate.to_der().unwrap());
    let certificate = Certificate {
        tbs_certificate,
        signature_algorithm: algorithm,
        signature: BitString::from_bytes(&signature).unwrap(),
    };
    (key, certificate.to_der().unwrap())
});

fn signed(tbs_request: TbsRequest) -> Vec<u8> {
    x509_ocsp::OcspRequest {
        tbs_request,
        optional_signature: Some(x509_ocsp::Signature {
            signature_algorithm: AlgorithmIdentifierOwned {
                oid: crate::der::oid::SHA256_WITH_RSA,
                parameters: Some(Any::null()),
            },
            signature: BitString::from_bytes(&[5; 256]).unwrap(),
            certs: Some(vec![Certificate::from_der(&RESPONDER.1).unwrap()]),
        }),
    }
    .to_der()
    .unwrap()
}

fn refusal(der: &[u8], max: usize) -> String {
    match parse_request(der, max) {
        Err(error) if matches!(error.kind(), Kind::Malformed | Kind::TrailingBytes) => {
            error.to_string()
        }
        other => panic!("not refused as malformed: {other:?}"),
    }
}

#[test]
fn a_request_is_read_whole() {
    let read = parse_request(&unsigned(tbs(3, vec![nonce_extension(32)])), 3).unwrap();
    assert_eq!(read.cert_ids.len(), 3);
    assert_eq!(read.cert_ids[1].serial(), [2; 16]);
    assert_eq!(read.cert_ids[1].hash_algorithm, SHA1);
    assert_eq!(read.cert_ids[1].issuer_name_hash(), [1; 20]);
    assert_eq!(read.cert_ids[1].issuer_key_hash(), [2; 20]);
    assert_eq!(read.cert_ids[1].der, asked(2).req_cert.to_der().unwrap());
    assert_eq!(read.nonce, Some(vec![9; 32]));
    assert_eq!(
        (read.signature, read.requestor_directory_name),
        (None, None)
    );
}

#[test]
fn a_signed_request_keeps_the_signed_bytes() {
    let request = tbs(1, vec![]);
    let read = parse_request(&signed(request.clone()), 1).unwrap();
    let signature = read.signature.unwrap();
    assert_eq!(signature.tbs, request.to_der().unwrap());
    assert_eq!(signature.algorithm, crate::der::oid::SHA256_WITH_RSA);
    assert_eq!(signature.parameters, Some(vec![5, 0]));
    assert_eq!(signature.signature, [5; 256]);
    assert_eq!(signature.certificates, std::slice::from_ref(&RESPONDER.1));
}

#[test]
fn cut_short_or_continued_requests_are_malformed() {
    for der in [
        unsigned(tbs(2, vec![nonce_extension(1)])),
        signed(tbs(2, vec![])),
    ] {
        for cut in 0..der.len() {
            refusal(&der[..cut], 9);
        }
        assert!(refusal(&[&der[..], &[0]].concat(), 9).contains("after its end"));
    }
}

#[test]
fn each_limit_has_its_refusal() {
    let unknown = ObjectIdentifier::new_unwrap("1.2.3.4");
    let types = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.4");
    let other_type = vec![unknown].to_der().unwrap();
    let basic_type = vec![super::extensions::BASIC_RESPONSE].to_der().unwrap();
    let mut single = tbs(1, vec![]);
    single.request_list[0].single_request_extensions =
        Some(vec![extension(unknown, true, &[5, 0])]);
    for (why, request) in [
        ("no certificate", tbs(0, vec![])),
        ("too many", tbs(3, vec![])),
        ("1 to 128", tbs(1, vec![nonce_extension(0)])),
        ("1 to 128", tbs(1, vec![nonce_extension(129)])),
        (
            "two nonces",
            tbs(1, vec![nonce_extension(8), nonce_extension(8)]),
        ),
        (
            "not an OCTET STRING",
            tbs(
                1,
                vec![extension(super::extensions::NONCE, false, &[1, 2, 3, 4])],
            ),
        ),
        ("critical", tbs(1, vec![extension(unknown, true, &[5, 0])])),
        ("critical", single),
        ("basic", tbs(1, vec![extension(types, false, &other_type)])),
        (
            "do not parse",
            tbs(1, vec![extension(types, false, &[5, 0])]),
        ),
    ] {
        let text = refusal(&unsigned(request), 2);
        assert!(text.contains(why), "{why}: {text}");
    }
    for request in [
        tbs(1, vec![nonce_extension(128)]),
        tbs(1, vec![extension(unknown, false, &[5, 0])]),
        tbs(1, vec![extension(types, true, &basic_type)]),
    ] {
        assert!(parse_request(&unsigned(request), 2).is_ok());
    }
}

#[test]
fn what_follows_the_signed_part_must_be_the_signature() {
    let mut der = signed(tbs(1, vec![]));
    let place = tbs(1, vec![]).to_der().unwrap().len() + 4;
    assert_eq!(der[place], 0xa0);
    der[place] = 0xa1;
    assert!(refusal(&der, 1).contains("not DER of its type"));
}

fn answer(status: CertStatus) -> SingleResponse {
    let read = parse_request(&unsigned(tbs(1, vec![])), 1).unwrap();
    SingleResponse {
        cert_id: read.cert_ids[0].clone(),
        status,
        this_update: 1_767_225_600,
        next_update: Some(1_767_225_600 + 3_600),
    }
}

fn content(responses: Vec<SingleResponse>) -> ResponseData {
    ResponseData {
        produced_at: 1_767_225_601,
        responses,
        nonce: Some(vec![7; 32]),
    }
}

#[test]
fn responses_say_what_was_meant() {
    let (key, certificate) = &*RESPONDER;
    let responder = ResponderTemplate::new(certificate).unwrap();
    let at = 1_767_000_000;
    let statuses = [
        CertStatus::Good,
        CertStatus::Unknown,
        CertStatus::Revoked {
            at,
            reason: Some(1),
        },
        CertStatus::Revoked {
            at,
            reason: Some(0),
        },
        CertStatus::Revoked { at, reason: None },
    ];
    let content = content(statuses.map(answer).to_vec());
    let signed = responder.sign_responses(&[&content], key, Some(1)).unwrap();
    let parsed = OcspResponse::from_der(&signed[0]).unwrap();
    assert_eq!(parsed.to_der().unwrap(), signed[0]);
    assert_eq!(parsed.response_status, OcspResponseStatus::Successful);
    let bytes = parsed.response_bytes.unwrap();
    let basic = BasicOcspResponse::from_der(bytes.response.as_bytes()).unwrap();
    assert_eq!(basic.to_der().unwrap(), bytes.response.as_bytes());
    let tbs = basic.tbs_response_data.to_der().unwrap();
    let digest = Hash::Sha256.digest(&tbs);
    assert!(
        key.public_key()
            .verifies(&digest, basic.signature.raw_bytes())
    );
    assert_eq!(basic.certs.unwrap()[0].to_der().unwrap(), *certificate);
    let data = basic.tbs_response_data;
    assert_eq!(data.nonce().unwrap().0.as_bytes(), [7; 32]);
    assert_eq!(
        data.produced_at.0.to_unix_duration().as_secs(),
        1_767_225_601
    );
    assert!(
        matches!(data.responder_id, x509_ocsp::ResponderId::ByKey(id) if id.as_bytes().len() == 20)
    );
    use x509_cert::ext::pkix::CrlReason;
    use x509_ocsp::CertStatus as Theirs;
    let reasons: Vec<_> = data
        .responses
        .iter()
        .map(|one| match one.cert_status {
            Theirs::Good(_) => "good".to_owned(),
            Theirs::Unknown(_) => "unknown".to_owned(),
            Theirs::Revoked(info) => {
                assert_eq!(
                    info.revocation_time.0.to_unix_duration().as_secs(),
                    1_767_000_000
                );
                assert!(matches!(
                    info.revocation_reason,
                    None | Some(CrlReason::KeyCompromise)
                ));
                format!("{:?}", info.revocation_reason.is_some())
            }
        })
        .collect();
    assert_eq!(reasons, ["good", "unknown", "true", "false", "false"]);
    for one in &data.responses {
        assert_eq!(one.cert_id, asked(1).req_cert);
        assert_eq!(
            one.next_update.unwrap().0.to_unix_duration().as_secs(),
            1_767_229_200
        );
    }
}

#[test]
fn responses_that_can_not_be_are_refused() {
    let responder = ResponderTemplate::new(&RESPONDER.1).unwrap();
    type Change = fn(&mut ResponseData);
    let cases: [(&str, Change); 7] = [
        ("responses", |c| c.responses.clear()),
        ("next_update", |c| c.responses[0].next_update = Some(0)),
        ("reason", |c| {
            c.responses[0].status = CertStatus::Revoked {
                at: 0,
                reason: Some(7),
            };
        }),
        ("reason", |c| {
            c.responses[0].status = CertStatus::Revoked {
                at: 0,
                reason: Some(11),
            };
        }),
        ("nonce", |c| c.nonce = Some(vec![])),
        ("nonce", |c| c.nonce = Some(vec![0; 129])),
        ("produced_at", |c| c.produced_at = i64::MAX),
    ];
    for (field, change) in cases {
        let mut content = content(vec![answer(CertStatus::Good)]);
        change(&mut content);
        let refused = responder.encode(&content).unwrap_err();
        assert_eq!(refused.field(), Some(field), "{refused}");
    }
    assert!(ResponderTemplate::new(&RESPONDER.1[1..]).is_err());
}

#[test]
fn error_responses_are_the_rfcs() {
    for (status, theirs) in [
        (
            ErrorStatus::MalformedRequest,
            OcspResponse::malformed_request(),
        ),
        (ErrorStatus::InternalError, OcspResponse::internal_error()),
        (ErrorStatus::TryLater, OcspResponse::try_later()),
        (ErrorStatus::SigRequired, OcspResponse::sig_required()),
        (ErrorStatus::Unauthorized, OcspResponse::unauthorized()),
    ] {
        assert_eq!(error_response(status), theirs.to_der().unwrap());
    }
}

proptest! {
    #[test]
    fn altered_requests_are_read_or_refused(place in 0..2000_usize, octet in any::<u8>()) {
        let mut der = signed(tbs(2, vec![nonce_extension(16)]));
        let place = place % der.len();
        der[place] = octet;
        // Either answer is right; a panic is not.
        let _ = parse_request(&der, 2);
    }
}
