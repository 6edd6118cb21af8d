//! `OCSPRequest` as anyone sends it. What is accepted holds the limits and can be answered.
#![no_main]

use std::sync::LazyLock;

use formats::der::{Writer, oid};
use formats::ocsp::{CertStatus, ResponderTemplate, ResponseData, SingleResponse, parse_request};
use keys::{BatchSigner, SoftwareKey};
use libfuzzer_sys::fuzz_target;

const MAX_REQUESTS: usize = 5;

/// A responder's certificate with the least the template reads: the key.
static RESPONDER: LazyLock<ResponderTemplate> = LazyLock::new(|| {
    let key = SoftwareKey::generate(2048).unwrap();
    let mut tbs = Writer::new();
    tbs.sequence(|w| {
        w.unsigned_u64(1);
        w.algorithm_with_null(&oid::SHA256_WITH_RSA);
        w.sequence(|_| ());
        w.sequence(|w| {
            let time = formats::der::Time::from_unix(0).unwrap();
            w.time(&time);
            w.time(&time);
        });
        w.sequence(|_| ());
        w.raw(key.verifying_key().spki());
    });
    let mut certificate = Writer::new();
    certificate.sequence(|w| {
        w.raw(tbs.as_slice());
        w.algorithm_with_null(&oid::SHA256_WITH_RSA);
        w.bit_string(&[1; 256]);
    });
    ResponderTemplate::new(certificate.as_slice()).unwrap()
});

fuzz_target!(|der: &[u8]| {
    let request = match parse_request(der, MAX_REQUESTS) {
        Ok(request) => request,
        Err(error) => return assert!(error.to_string().len() < 200),
    };
    assert!((1..=MAX_REQUESTS).contains(&request.cert_ids.len()));
    assert!(
        request
            .nonce
            .as_ref()
            .is_none_or(|n| (1..=128).contains(&n.len()))
    );
    let responses = request.cert_ids.into_iter().map(|cert_id| SingleResponse {
        cert_id,
        status: CertStatus::Unknown,
        this_update: 0,
        next_update: None,
    });
    let content = ResponseData {
        produced_at: 0,
        responses: responses.collect(),
        nonce: request.nonce,
    };
    let tbs = RESPONDER.encode(&content).unwrap();
    assert_eq!(RESPONDER.assemble(&tbs, &[1; 256])[0], 0x30);
});
