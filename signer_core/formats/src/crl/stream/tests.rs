//! Streams against the same list made in memory, and what goes wrong on the way.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::super::samples::{ENTRY, FIELDS, Rows};
use super::super::{TbsCertList, encode_crl};
use super::spool::BLOCK;
use super::*;
use crate::signing::testing::TestKey;

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

#[test]
fn a_stream_is_the_list_made_in_memory_on_both_sides_of_every_limit() {
    let key = TestKey::generate();
    let directory = Directory::new("limits");
    let (block, long) = ((BLOCK / ENTRY) as u64, (LONG / ENTRY) as u64);
    for rows in [
        0,
        1,
        63,
        65,
        block - 1,
        block,
        block + 1,
        3 * block,
        long - 8,
        long,
        long + 1,
        long + 2,
        long + block + 1,
    ] {
        let all = Rows::rising(0..rows);
        let list = TbsCertList::new(&FIELDS, all.columns().unwrap()).unwrap();
        let expected = encode_crl(&list, &key).unwrap();
        let mut stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
        let mut at = 0;
        for chunk in [1, 0, 100, 70_000, rows] {
            let end = rows.min(at + chunk);
            stream = stream
                .append(&Rows::rising(at..end).columns().unwrap())
                .unwrap();
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
    let key = TestKey::generate();
    let directory = Directory::new("changed");
    fs::write(directory.target(), b"the list before").unwrap();
    let rows = Rows::rising(0..(LONG / ENTRY) as u64 + 20_000);
    for (offset, octet) in [(1_000, 0x55), (BLOCK as u64 + 5_000, 0)] {
        let stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
        let stream = stream.append(&rows.columns().unwrap()).unwrap();
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
        let stream = stream
            .append(&Rows::rising(0..6).columns().unwrap())
            .unwrap();
        let refused = stream
            .append(&Rows::rising(again).columns().unwrap())
            .err()
            .unwrap();
        assert!(refused.to_string().contains(told), "{refused}");
        assert!(refused.to_string().contains("rising"), "{refused}");
        assert!(directory.files().is_empty());
    }
    let mut falling = Rows::rising(0..3);
    falling.serials[4..12].copy_from_slice(&9_u64.to_be_bytes());
    let stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
    let refused = stream.append(&falling.columns().unwrap()).err().unwrap();
    assert!(refused.to_string().starts_with("row 1: "), "{refused}");
}

#[test]
fn drafts_of_others_at_work_are_left_alone() {
    let key = TestKey::generate();
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
fn a_draft_that_nobody_has_locked_gives_way() {
    let key = TestKey::generate();
    let directory = Directory::new("abandoned");
    // What killed processes leave; the last is another list's.
    let left = [
        ".list.crl.0.partial",
        ".list.crl.1.partial",
        ".other.crl.0.partial",
    ];
    for name in left {
        fs::write(directory.0.join(name), b"half a list").unwrap();
    }
    let streams = [0, 1, 2].map(|_| CrlStream::create(&directory.target(), &FIELDS).unwrap());
    assert_eq!(directory.files().len(), 4);
    for stream in streams {
        stream.finish(&key).unwrap();
    }
    let mut files = directory.files();
    files.sort();
    assert_eq!(files, [directory.0.join(left[2]), directory.target()]);
}

#[test]
fn a_link_in_the_way_is_neither_followed_nor_removed() {
    let directory = Directory::new("links");
    let kept = directory.0.join("kept");
    fs::write(&kept, b"somebody's").unwrap();
    std::os::unix::fs::symlink(&kept, directory.0.join(".list.crl.0.partial")).unwrap();
    let stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
    assert!(directory.0.join(".list.crl.1.partial").exists());
    drop(stream);
    assert_eq!(fs::read(&kept).unwrap(), b"somebody's");
    assert_eq!(directory.files().len(), 2);
}

#[test]
fn a_place_that_is_none_is_refused() {
    let directory = Directory::new("places");
    let missing = directory.0.join("no such directory").join("list.crl");
    let refused = CrlStream::create(&missing, &FIELDS).err().unwrap();
    assert!(matches!(refused, Error::File { code: Some(_), .. }));
    assert!(CrlStream::create(&directory.0.join(".."), &FIELDS).is_err());
    // A directory in the target's place: the list can't replace it and leaves nothing behind.
    let key = TestKey::generate();
    fs::create_dir(directory.target()).unwrap();
    let stream = CrlStream::create(&directory.target(), &FIELDS).unwrap();
    assert!(matches!(stream.finish(&key), Err(Error::File { .. })));
    assert_eq!(directory.files(), [directory.target()]);
}
