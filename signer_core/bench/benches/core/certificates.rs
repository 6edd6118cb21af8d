//! User certificates: built and checked, and signed too.

use criterion::{BenchmarkId, Criterion, Throughput};
use formats::cert::{UserCertificateRequest, encode_batch, issue_batch};
use keys::SoftwareKey;

use crate::samples::{Outcome, authority, requests};

const BATCH: u8 = 64;

pub fn issue(c: &mut Criterion) {
    let mut group = c.benchmark_group("certificates");
    let (template, key) = (authority(), SoftwareKey::generate(2048).or_end());
    let requests = requests(BATCH);
    let requests: Vec<&UserCertificateRequest> = requests.iter().collect();
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    group.bench_function(BenchmarkId::new("build_and_check", BATCH), |b| {
        b.iter(|| encode_batch(&template, &requests).or_end());
    });
    group.bench_function(BenchmarkId::new("issue", BATCH), |b| {
        b.iter(|| issue_batch(&template, &requests, &key, Some(1)).or_end());
    });
    group.finish();
}
