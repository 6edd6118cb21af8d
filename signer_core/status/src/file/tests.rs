//! Where a file is put, and what of it is refused.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use formats::der::{SerialColumn, SerialNumber};

use super::super::tests::SEED;
use super::super::{Columns, FileError, Status, StatusIndex};
use super::MOST_ABOUT;

const MOST: usize = 1000;

/// A folder of this test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn of(test: &str) -> Self {
        let name = format!("status-index-{test}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn index(count: u8) -> StatusIndex {
    let (index, rows) = (StatusIndex::seeded(SEED), usize::from(count));
    let serials: Vec<u8> = (1..=count).collect();
    index
        .apply(&Columns {
            serials: SerialColumn::new(&serials, &vec![1; rows]).unwrap(),
            generations: &[1, 0].repeat(rows),
            not_after: &100_i64.to_le_bytes().repeat(rows),
            statuses: &vec![Status::GOOD; rows],
            reasons: &vec![0; rows],
            revoked_at: &0_i64.to_le_bytes().repeat(rows),
        })
        .unwrap();
    index
}

fn written(index: &StatusIndex) -> Vec<u8> {
    let mut file = Vec::new();
    index.write_to(&mut file, b"about").unwrap();
    file
}

fn refusal(file: &[u8], most: usize) -> &'static str {
    match StatusIndex::read_from(&mut &*file, most) {
        Err(FileError::Refused(rule)) => rule,
        Err(FileError::System(error)) => panic!("{error}"),
        Ok(_) => "none",
    }
}

#[test]
fn a_file_is_put_in_the_place_of_the_last() {
    let folder = Folder::of("placed");
    let path = folder.0.join("signing-13.index");
    let load = || StatusIndex::load(&path, MOST);
    assert!(matches!(load(), Err(FileError::System(_))));
    for count in 1..3 {
        index(count).save(&path, &[count]).unwrap();
        let (read, about) = load().unwrap();
        assert_eq!((read.len(), about), (usize::from(count), vec![count]));
    }
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_was_half_written_before_is_no_hindrance_and_open_to_nobody() {
    let folder = Folder::of("half");
    let (path, elsewhere) = (folder.0.join("one.index"), folder.0.join("elsewhere"));
    fs::write(&elsewhere, b"kept").unwrap();
    std::os::unix::fs::symlink(&elsewhere, path.with_extension("new")).unwrap();
    index(1).save(&path, b"").unwrap();
    assert_eq!(fs::read(&elsewhere).unwrap(), b"kept");
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
}

#[test]
fn one_that_cant_be_written_leaves_the_last_and_nothing_beside() {
    let folder = Folder::of("refused");
    let path = folder.0.join("one.index");
    index(1).save(&path, b"").unwrap();
    let refused = index(2).save(&path, &vec![0; MOST_ABOUT + 1]);
    assert!(matches!(refused, Err(FileError::Refused(_))));
    assert_eq!(StatusIndex::load(&path, MOST).unwrap().0.len(), 1);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}

#[test]
fn a_disk_that_is_full_is_said() {
    let mut full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let refused = index(1).write_to(&mut full, b"");
    assert!(matches!(refused, Err(FileError::System(_))));
}

#[test]
fn other_versions_others_files_and_too_many_are_refused_by_name() {
    let file = written(&index(3));
    assert_eq!(refusal(&file, 3), "none");
    assert_eq!(refusal(&file, 2), "it has more certificates than are taken");
    assert_eq!(refusal(b"OPKIINDY and more", MOST), "it is no index");
    assert_eq!(refusal(b"", MOST), "it ends early");
    for version in [0, 2] {
        let mut file = file.clone();
        file[8] = version;
        assert_eq!(refusal(&file, MOST), "it is of another version");
    }
    let mut file = file;
    file[12..16].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(refusal(&file, MOST), "what is said of it is too long");
}

#[test]
fn it_mixes_numbers_as_the_one_that_was_written() {
    let drawn = StatusIndex::new();
    let (read, _) = StatusIndex::read_from(&mut &written(&drawn)[..], MOST).unwrap();
    assert_eq!(read.mixing().words(), drawn.mixing().words());
    let serial = SerialNumber::from_unsigned(&[2]).unwrap();
    let (read, _) = StatusIndex::read_from(&mut &written(&index(3))[..], MOST).unwrap();
    assert_eq!(read.lookup(&serial, None), Status::Good);
}
