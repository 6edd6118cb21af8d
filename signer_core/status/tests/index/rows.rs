//! Rows that an index takes in, and what it says of them.

use formats::der::{SerialColumn, SerialNumber};
use status::{Columns, Generation, Reason, Status, StatusIndex};

const OCTETS: usize = 20;

/// What is told of one certificate.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub number: u64,
    pub generation: u16,
    pub not_after: i64,
    /// Reason and time.
    pub revocation: Option<(u8, i64)>,
}

/// The same places in every run.
pub fn index() -> StatusIndex {
    StatusIndex::seeded([1, 2, 3, 4].map(mixed))
}

pub fn apply(index: &StatusIndex, rows: &[Row]) {
    let column = |value: fn(&Row) -> i64| -> Vec<u8> {
        let times = rows.iter().map(value);
        times.flat_map(i64::to_le_bytes).collect()
    };
    let serials: Vec<u8> = rows.iter().flat_map(|row| octets(row.number)).collect();
    let generations = rows.iter().map(|row| row.generation);
    let status = |row: &Row| row.revocation.map_or(Status::GOOD, |_| Status::REVOKED);
    let reason = |row: &Row| row.revocation.unwrap_or_default().0;
    index
        .apply(&Columns {
            serials: SerialColumn::new(&serials, &vec![OCTETS as u8; rows.len()]).unwrap(),
            generations: &generations.flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            not_after: &column(|row| row.not_after),
            statuses: &rows.iter().map(status).collect::<Vec<_>>(),
            reasons: &rows.iter().map(reason).collect::<Vec<_>>(),
            revoked_at: &column(|row| row.revocation.unwrap_or_default().1),
        })
        .unwrap();
}

pub fn ask(index: &StatusIndex, number: u64, generation: u16) -> Status {
    index.lookup(&serial(number), Generation::new(generation))
}

pub fn ask_all(index: &StatusIndex, numbers: impl Iterator<Item = u64>) -> Vec<Status> {
    index.lookup_batch(numbers.map(|number| Some(serial(number))))
}

pub fn status(revocation: Option<(u8, i64)>) -> Status {
    revocation.map_or(Status::Good, |(reason, at)| Status::Revoked {
        reason: Reason::try_from(reason).unwrap(),
        at,
    })
}

pub fn serial(number: u64) -> SerialNumber {
    SerialNumber::from_unsigned(&octets(number)).unwrap()
}

/// As ca makes them: a first bit 0, a second bit 1, others that look random.
fn octets(number: u64) -> [u8; OCTETS] {
    let mut octets = [0; OCTETS];
    for (place, part) in octets.chunks_mut(8).enumerate() {
        let word = mixed(number * 3 + place as u64).to_be_bytes();
        part.copy_from_slice(&word[..part.len()]);
    }
    octets[0] = octets[0] & 0x3f | 0x40;
    octets
}

/// One number of another, each of one alone (SplitMix64).
pub fn mixed(number: u64) -> u64 {
    let mut word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
