//! Revocation lists in memory.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use formats::crl::{CrlFields, RevocationColumns, TbsCertList, encode_crl};
use formats::der::SerialColumn;
use keys::SoftwareKey;

use crate::samples::{NOW, Outcome, name};

const SERIAL: usize = 20;
/// cessationOfOperation.
const REASON: u8 = 5;

/// Sized, written, hashed and signed.
pub fn encode(c: &mut Criterion) {
    let mut group = c.benchmark_group("crl");
    group
        .measurement_time(Duration::from_secs(5))
        .sample_size(10);
    let key = SoftwareKey::generate(2048).or_end();
    for entries in [1_000_u32, 1_000_000] {
        let count = entries as usize;
        let serials: Vec<u8> = (0..entries).flat_map(serial).collect();
        let lengths = vec![20; count];
        let dates = NOW.to_le_bytes().repeat(count);
        let reasons = vec![REASON; count];
        let serials = SerialColumn::new(&serials, &lengths).or_end();
        let columns = RevocationColumns::new(serials, &dates, &reasons).or_end();
        let issuer = name("Authority");
        let fields = CrlFields {
            hash: formats::signing::Hash::Sha256,
            issuer: &issuer,
            this_update: NOW,
            next_update: NOW + 172_800,
            crl_number: 1,
            authority_key_id: &[7; 20],
            issuing_distribution_point: None,
            base_crl_number: None,
            freshest: None,
        };
        group.throughput(Throughput::Elements(u64::from(entries)));
        group.bench_function(BenchmarkId::new("encode_and_sign", entries), |b| {
            b.iter(|| encode_crl(&TbsCertList::new(&fields, columns).or_end(), &key).or_end());
        });
    }
    group.finish();
}

/// Different, positive, in no order.
fn serial(number: u32) -> [u8; SERIAL] {
    let mut octets = [0x40; SERIAL];
    octets[1..5].copy_from_slice(&number.wrapping_mul(0x9e37_79b1).to_be_bytes());
    octets
}
