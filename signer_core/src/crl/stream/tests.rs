//! Streams against the same list made in memory, and what goes wrong on the way.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::super::{CrlFields, RevocationColumns, TbsCertList, encode_crl};
use super::spool::{BLOCK, HELD};
use super::*;
use crate::der::SerialColumn;
use crate::rsa::SoftwareKey;

/// `C=JP`.
const ISSUER: [u8; 15] = [
    0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 6, 0x13, 2, b'J', b'P',
];
const FIELDS: CrlFields<'_> = CrlFields {
    issuer: &ISSUER,
    this_update: 1_760_000_000,
    next_update: 1_760_172_800,
    crl_number: 300,
    authority_key_id: &[7; 20],
    issuing_distribution_point: None,
};
/// Octets of an entry with a serial number of 20 octets, a date before 2050 and a reason.
const ENTRY: usize = 53;

/// A directory of the test's own, gone with it.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("crl-{name}-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn target(&self) -> PathBuf {
        self.0.join("list.crl")
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

struct Rows {
    serials: Vec<u8>,
    lengths: Vec<u8>,
    dates: Vec<u8>,
    reasons: Vec<u8>,
}

impl Rows {
    fn new(numbers: std::ops::Range<u64>) -> Self {
        let count = usize::try_from(numbers.end - numbers.start).unwrap();
        let mut serials = Vec::with_capacity(count * 20);
        for number in numbers {
            serials.extend([0x40, 0, 0, 0]);
            serials.extend(number.to_be_bytes());
            serials.extend([9; 8]);
        }
        Self {
            serials,
            lengths: vec![20; count],
            dates: 1_750_000_000_i64.to_le_bytes().repeat(count),
            reasons: vec![1; count],
        }
    }

    fn columns(&self) -> RevocationColumns<'_> {
        let serials = SerialColumn::new(&self.serials, &self.lengths).unwrap();
        RevocationColumns::new(serials, &self.dates, &self.reasons).unwrap()
    }
}

#[test]
fn a_stream_is_the_list_made_in_memory_on_both_sides_of_every_limit() {
    let key = SoftwareKey::generate(2048).unwrap();
    let directory = Directory::new("limits");
    let (block, held) = ((BLOCK / ENTRY) as u64, (HELD / ENTRY) as u64);
    for rows in [
        0,
        1,
        block,
        block + 1,
        held - 8,
        held,
        held + 1,
        held + 2,
        held + block + 1,
    ] {
        let all = Rows::new(0..rows);
        let list = TbsCertList::new(&FIELDS, all.columns()).unwrap();
        let expected = encode_crl(&list, &key).unwrap();
        let mut stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
        let mut at = 0;
        for chunk in [1, 0, 100, 70_000, rows] {
            let end = rows.min(at + chunk);
            stream = stream.append(&Rows::new(at..end).columns()).unwrap();
            at = end;
        }
        let published = stream.finish(&key).unwrap();
        assert_eq!(published.entries, rows);
        assert_eq!(published.octets, expected.len() as u64);
        assert!(
            fs::read(directory.target()).unwrap() == expected,
            "{rows} rows"
        );
        assert_eq!(directory.files(), [directory.target()]);
    }
}

#[test]
fn what_was_changed_in_the_file_is_not_signed() {
    let key = SoftwareKey::generate(2048).unwrap();
    let directory = Directory::new("changed");
    fs::write(directory.target(), b"the list before").unwrap();
    let rows = Rows::new(0..(HELD / ENTRY) as u64 + 20_000);
    for (offset, octet) in [(1_000, 0x55), (BLOCK as u64 + 5_000, 0)] {
        let stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
        let stream = stream.append(&rows.columns()).unwrap();
        let mut files = directory.files();
        files.retain(|file| *file != directory.target());
        let file = fs::File::options().write(true).open(&files[0]).unwrap();
        file.write_all_at(&[octet], offset).unwrap();
        let refused = stream.finish(&key).unwrap_err();
        assert!(matches!(refused, Error::ProfileMismatch(_)), "{refused}");
        assert_eq!(directory.files(), [directory.target()]);
    }
    assert_eq!(fs::read(directory.target()).unwrap(), b"the list before");
}

#[test]
fn blocks_that_change_places_are_found() {
    let mut seals = seals::Seals::new().unwrap();
    seals.put(b"one").unwrap();
    seals.put(b"two").unwrap();
    assert!(seals.check(0, b"one").is_ok());
    assert!(seals.check(1, b"two").is_ok());
    assert!(seals.check(0, b"two").is_err());
    assert!(seals.check(1, b"one").is_err());
    assert!(seals.check(2, b"two").is_err());
}

#[test]
fn numbers_must_rise_within_chunks_and_across_them() {
    let directory = Directory::new("rising");
    for (again, told) in [(5..6, "after 6 entries, row 0"), (0..1, "row 0")] {
        let stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
        let stream = stream.append(&Rows::new(0..6).columns()).unwrap();
        let refused = stream.append(&Rows::new(again).columns()).err().unwrap();
        assert!(refused.to_string().contains(told), "{refused}");
        assert!(refused.to_string().contains("rising"), "{refused}");
        assert!(directory.files().is_empty());
    }
    let mut falling = Rows::new(0..3);
    falling.serials[4..12].copy_from_slice(&9_u64.to_be_bytes());
    let stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
    let refused = stream.append(&falling.columns()).err().unwrap();
    assert!(refused.to_string().starts_with("row 1: "), "{refused}");
}

#[test]
fn drafts_of_others_are_left_alone() {
    let key = SoftwareKey::generate(2048).unwrap();
    let directory = Directory::new("drafts");
    let other = CrlStream::create(&directory.target(), &FIELDS).unwrap();
    let stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
    assert_eq!(directory.files().len(), 2);
    stream.finish(&key).unwrap();
    assert_eq!(directory.files().len(), 2);
    drop(other);
    assert_eq!(directory.files(), [directory.target()]);
}

#[test]
fn a_place_that_is_none_is_refused() {
    let directory = Directory::new("places");
    let missing = directory.0.join("no such directory").join("list.crl");
    let refused = CrlStream::create(&missing, &FIELDS).err().unwrap();
    assert!(matches!(refused, Error::File { code: Some(_), .. }));
    assert!(CrlStream::create(&directory.0.join(".."), &FIELDS).is_err());
    // A directory in the target's place: the list can't replace it and leaves nothing behind.
    let key = SoftwareKey::generate(2048).unwrap();
    fs::create_dir(directory.target()).unwrap();
    let stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
    assert!(matches!(stream.finish(&key), Err(Error::File { .. })));
    assert_eq!(directory.files(), [directory.target()]);
}
