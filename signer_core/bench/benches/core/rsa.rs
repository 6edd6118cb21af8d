//! Signatures and their verification.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use criterion::{BenchmarkId, Criterion, Throughput};
use formats::signing::Hash;
use keys::{BatchSigner, Request, SoftwareKey, sign_batch, sign_requests, verify_batch};

use crate::samples::{Outcome, messages};

const BATCH: usize = 64;

/// Of one key, of as many keys as messages, and by aws-lc-rs alone.
pub fn sign(c: &mut Criterion) {
    for (bits, size) in [
        (2048, KeySize::Rsa2048),
        (3072, KeySize::Rsa3072),
        (4096, KeySize::Rsa4096),
    ] {
        let mut group = c.benchmark_group(format!("rsa{bits}"));
        let (ours, theirs) = key(size).or_end();
        for count in [1, 2, 3, BATCH] {
            group.throughput(Throughput::Elements(count as u64));
            let messages = messages(count);
            group.bench_function(BenchmarkId::new("sign_batch", count), |b| {
                b.iter(|| sign_batch(&ours, Hash::Sha256, &messages, Some(1)).or_end());
            });
            group.bench_function(BenchmarkId::new("aws_lc_rs", count), |b| {
                b.iter(|| {
                    for message in &messages {
                        sign_alone(&theirs, message);
                    }
                });
            });
        }
        if bits == 2048 {
            let keys: Vec<_> = (0..BATCH).map(|_| key(size).or_end().0).collect();
            let messages = messages(BATCH);
            let requests: Vec<_> = keys
                .iter()
                .zip(&messages)
                .map(|(key, message)| Request {
                    signer: key,
                    hash: Hash::Sha256,
                    message,
                })
                .collect();
            group.bench_function(
                BenchmarkId::new("sign_requests_of_as_many_keys", BATCH),
                |b| {
                    b.iter(|| sign_requests(&requests, Some(1)).or_end());
                },
            );
        }
        group.finish();
    }
}

/// As many signatures of one key as a batch has, on all cores.
pub fn verify(c: &mut Criterion) {
    let mut group = c.benchmark_group("rsa2048");
    let (key, _) = key(KeySize::Rsa2048).or_end();
    let messages = messages(BATCH);
    let signatures = sign_batch(&key, Hash::Sha256, &messages, None).or_end();
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function(BenchmarkId::new("verify_batch", BATCH), |b| {
        b.iter(|| verify_batch(key.verifying_key(), Hash::Sha256, &messages, &signatures).or_end());
    });
    group.finish();
}

fn key(size: KeySize) -> Result<(SoftwareKey, KeyPair), Box<dyn std::error::Error>> {
    let theirs = KeyPair::generate(size)?;
    let der: Pkcs8V1Der<'_> = theirs.as_der()?;
    Ok((SoftwareKey::from_pkcs8(der.as_ref())?, theirs))
}

fn sign_alone(key: &KeyPair, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message,
        &mut signature,
    )
    .or_end();
    signature
}
