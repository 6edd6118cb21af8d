//! A file that takes its name only when it is whole.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;

use crate::error::{Error, Result};

/// Names tried before giving up: what is in the way are drafts of others at work.
const NAMES: u32 = 100;

/// A file beside its target, `.NAME.N.partial`; removed unless it is published.
///
/// Its maker keeps it locked. The system takes the lock from a process that ends, however it ends,
/// so a draft that can be locked is nobody's any more: the next list for the same target removes
/// it.
pub(super) struct Draft {
    file: File,
    path: PathBuf,
    target: PathBuf,
    published: bool,
}

impl Draft {
    /// Makes a file that nobody has open, in the target's directory, as a rename crosses no file
    /// system.
    ///
    /// # Errors
    /// `InvalidArgument` for a path without a file name, `File`.
    pub(super) fn create(target: &Path) -> Result<Self> {
        let name = target
            .file_name()
            .ok_or_else(|| Error::InvalidArgument("path: must end in the name of a file".into()))?;
        for number in 0..NAMES {
            let path = target.with_file_name(draft_name(name, number));
            remove_abandoned(&path).map_err(failed("an unfinished list could not be removed"))?;
            let made = make_locked(&path).map_err(failed("the list's file could not be made"))?;
            if let Some(file) = made {
                return Ok(Self {
                    file,
                    path,
                    target: target.to_owned(),
                    published: false,
                });
            }
        }
        Err(Error::InvalidArgument(format!(
            "path: {NAMES} lists are being made for it already"
        )))
    }

    /// Writes all octets at this offset.
    ///
    /// # Errors
    /// `File`.
    pub(super) fn write(&self, octets: &[u8], offset: u64) -> Result<()> {
        self.file
            .write_all_at(octets, offset)
            .map_err(failed("the list's file could not be written"))
    }

    /// Fills `octets` from this offset.
    ///
    /// # Errors
    /// `File`, also when the file is shorter.
    pub(super) fn read(&self, octets: &mut [u8], offset: u64) -> Result<()> {
        self.file
            .read_exact_at(octets, offset)
            .map_err(failed("the list's file could not be read back"))
    }

    /// Does `work` while what was written so far goes to the disk.
    ///
    /// # Errors
    /// Those of `work`; `File`.
    pub(super) fn while_syncing<R>(&self, work: impl FnOnce() -> Result<R>) -> Result<R> {
        thread::scope(|scope| {
            let thread = thread::Builder::new().name("list-to-disk".into());
            // No thread to be had: publishing waits for all of it then.
            let syncing = thread.spawn_scoped(scope, || self.file.sync_data()).ok();
            let done = work();
            // The system tells of a failed write once: here or never.
            match syncing.map(|syncing| syncing.join()) {
                Some(Ok(Err(error))) => Err(unwritten(error)),
                Some(Err(panic)) => std::panic::resume_unwind(panic),
                Some(Ok(Ok(()))) | None => done,
            }
        })
    }

    /// Puts the file in its target's place, once its octets are on the disk; then has the
    /// directory written too, so that a list that was published stays so when the power fails.
    ///
    /// # Errors
    /// `File`. Only when it is the directory that can't be written is the new file in place.
    pub(super) fn publish(mut self) -> Result<()> {
        self.file.sync_all().map_err(unwritten)?;
        fs::rename(&self.path, &self.target)
            .map_err(failed("the list's file could not be put in its place"))?;
        self.published = true;
        let directory = match self.target.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(failed("the list's directory did not reach the disk"))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // Nobody can be told; what stays is no list under anybody's name.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn draft_name(name: &OsStr, number: u32) -> OsString {
    let mut draft = OsString::from(".");
    draft.push(name);
    draft.push(format!(".{number}.partial"));
    draft
}

/// A new file of that name, locked; None when there is one already, or somebody was quicker.
fn make_locked(path: &Path) -> io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    match options.open(path) {
        Ok(file) => lock_named(file, path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes a draft whose maker is gone.
fn remove_abandoned(path: &Path) -> io::Result<()> {
    // A link, or a pipe that would be waited for, is no draft; whoever put it there keeps it.
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    if !is_file {
        return Ok(());
    }
    match File::open(path) {
        Ok(file) => match lock_named(file, path)? {
            Some(_locked) => fs::remove_file(path),
            None => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        // Another user's, whether at work or not.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(error) => Err(error),
    }
}

/// The file, locked, if nobody has locked it and it still has its name: between its opening and
/// its locking it may have been removed, or been published.
fn lock_named(file: File, path: &Path) -> io::Result<Option<File>> {
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let locked = file.metadata()?;
    let named = fs::symlink_metadata(path);
    let same = named.is_ok_and(|it| (it.dev(), it.ino()) == (locked.dev(), locked.ino()));
    Ok(same.then_some(file))
}

fn unwritten(error: io::Error) -> Error {
    failed("the list's file did not reach the disk")(error)
}

fn failed(doing: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |error| Error::File {
        doing,
        code: error.raw_os_error(),
    }
}
