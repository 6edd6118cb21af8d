//! A file that takes its name only when it is whole.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Names tried before giving up: what is in the way are drafts of others, or of processes that
/// ended in the middle.
const NAMES: u32 = 100;

/// A file beside its target, `.NAME.N.partial`; removed unless it is published.
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
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        for number in 0..NAMES {
            let path = target.with_file_name(draft_name(name, number));
            match options.open(&path) {
                Ok(file) => {
                    return Ok(Self {
                        file,
                        path,
                        target: target.to_owned(),
                        published: false,
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed("the list's file could not be made")(error)),
            }
        }
        Err(Error::InvalidArgument(format!(
            "path: {NAMES} unfinished lists are beside it already; remove them"
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

    /// Puts the file in its target's place, once its octets are on the disk; then has the
    /// directory written too, so that a list that was published stays so when the power fails.
    ///
    /// # Errors
    /// `File`. Only when it is the directory that can't be written is the new file in place.
    pub(super) fn publish(mut self) -> Result<()> {
        self.file
            .sync_all()
            .map_err(failed("the list's file did not reach the disk"))?;
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

fn failed(doing: &'static str) -> impl FnOnce(io::Error) -> Error {
    move |error| Error::File {
        doing,
        code: error.raw_os_error(),
    }
}
