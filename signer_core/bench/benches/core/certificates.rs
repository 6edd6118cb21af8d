//! User certificates: built and checked, and signed too.

use criterion::{BenchmarkId, Criterion, Throughput};
use formats::certificate::CheckedTbs;
use formats::certificate::user::{UserCertificateRequest, build_batch};
use keys::SoftwareKey;

use crate::samples::{Outcome, authority, requests};

const BATCH: u8 = 64;

pub fn issue(c: &mut Criterion) {
    let mut group = c.benchmark_group("certificates");
    let key = SoftwareKey::generate(2048).or_end();
    let template = authority(&key);
    let requests = requests(BATCH);
    let requests: Vec<&UserCertificateRequest> = requests.iter().collect();
    group.throughput(Throughput::Elements(u64::from(BATCH)));
    group.bench_function(BenchmarkId::new("build_and_check", BATCH), |b| {
        b.iter(|| build_batch(&template, &requests).or_end());
    });
    group.bench_function(BenchmarkId::new("issue", BATCH), |b| {
        b.iter(|| {
            let built = build_batch(&template, &requests).or_end();
            CheckedTbs::sign_all(built, &key, Some(1)).or_end()
        });
    });
    group.finish();
}
