//! Whether files have changed.

use std::fs::metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Of each file: which it is, how long, and when it or what is said of it was changed.
pub(super) type Stamp = Vec<Option<[i64; 6]>>;

pub(super) fn stamp(files: &[PathBuf]) -> Stamp {
    let stamp = |file| {
        let it = metadata(file).ok()?;
        let (which, long) = (it.ino().cast_signed(), it.size().cast_signed());
        let (changed, said) = ((it.mtime(), it.mtime_nsec()), (it.ctime(), it.ctime_nsec()));
        Some([which, long, changed.0, changed.1, said.0, said.1])
    };
    files.iter().map(stamp).collect()
}
