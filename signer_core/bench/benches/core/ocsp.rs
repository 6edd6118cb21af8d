//! OCSP responses about one certificate: encoded, and signed too.

use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput};
use formats::der::Writer;
use formats::ocsp::{
    CertId, CertStatus, ResponderTemplate, ResponseData, SingleResponse, parse_request,
};
use keys::SoftwareKey;

use crate::samples::{NOW, Outcome, authority, requests};

const BATCH: u8 = 64;

pub fn respond(c: &mut Criterion) {
    let mut group = c.benchmark_group("ocsp");
    let key = SoftwareKey::generate(2048).or_end();
    let template = ResponderTemplate::new(&certificate(&key)).or_end();
    let contents: Vec<_> = (0..BATCH).map(content).collect();
    let contents: Vec<&ResponseData> = contents.iter().collect();
    group.throughput(Throughput::Elements(1));
    group.bench_function("parse_request", |b| {
        let request = request(1);
        b.iter(|| parse_request(&request, 1).or_end());
    });
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    group.bench_function(BenchmarkId::new("encode", BATCH), |b| {
        b.iter(|| {
            contents
                .iter()
                .map(|content| template.encode(content).or_end())
                .collect::<Vec<_>>()
        });
    });
    group.bench_function(BenchmarkId::new("encode_and_sign", BATCH), |b| {
        b.iter(|| template.sign_responses(&contents, &key, Some(1)).or_end());
    });
    group.finish();
}

/// Any certificate will do as the responder's.
fn certificate(key: &SoftwareKey) -> Vec<u8> {
    let built = authority(key).build(&requests(1)[0]).or_end();
    built.sign(key).or_end()
}

fn content(number: u8) -> ResponseData {
    ResponseData {
        produced_at: NOW,
        responses: vec![SingleResponse {
            cert_id: cert_id(number),
            status: CertStatus::Good,
            this_update: NOW,
            next_update: Some(NOW + 3_600),
        }],
        nonce: Some(vec![number; 32]),
    }
}

fn cert_id(number: u8) -> Arc<CertId> {
    parse_request(&request(number), 1)
        .or_end()
        .cert_ids
        .remove(0)
}

/// About one certificate, with SHA-1 as most ask.
fn request(number: u8) -> Vec<u8> {
    let sha1 = "1.3.14.3.2.26".parse().or_end();
    let mut w = Writer::new();
    // OCSPRequest, tbsRequest, requestList, Request, reqCert.
    w.sequence(|w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.sequence(|w| {
                    w.sequence(|w| {
                        w.algorithm_with_null(&sha1);
                        w.octet_string(&[1; 20]);
                        w.octet_string(&[2; 20]);
                        w.unsigned(&[&[0x40], [number; 18].as_slice()].concat());
                    });
                });
            });
        });
    });
    w.into_vec()
}
