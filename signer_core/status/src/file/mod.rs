//! An index in a file: a replica that starts anew reads its own instead of everything from ca.
//!
//! | octets | what |
//! | --- | --- |
//! | 8 | `OPKIINDX` |
//! | 4 | version: 1 |
//! | 4, then so many | what the caller says of it |
//! | 4 times 8 | what numbers are mixed with |
//! | 64 shards | 1: bits that number the buckets; 4 and so many times 6: cohorts, each generation and end; 4 and so many: the buckets' lengths, seven bits an octet, the last one's highest bit 0; 4 and so many: the buckets as in memory |
//! | 32 | SHA-256 of all before |
//!
//! Numbers are little-endian. Whatever is not exactly this is refused. The digest shows what is torn
//! or decayed; it is no signature, so a file is worth what its folder's permissions are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::store::StatusIndex;

mod read;
#[cfg(test)]
mod tests;
mod write;

const MAGIC: &[u8; 8] = b"OPKIINDX";
const VERSION: u32 = 1;
/// Octets that are read or written at once, and that room is made for at once.
const MANY: usize = 1 << 20;
/// Octets of what the caller says.
const MOST_ABOUT: usize = 1 << 16;

/// Why a file was not read or written.
#[derive(Debug)]
pub enum FileError {
    /// The system's word.
    System(io::Error),
    /// It is no whole index of this version; the rule it breaks.
    Refused(&'static str),
}

impl std::fmt::Display for FileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::System(error) => write!(f, "{error}"),
            Self::Refused(rule) => write!(f, "{rule}"),
        }
    }
}

impl std::error::Error for FileError {}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            Self::Refused("it ends early")
        } else {
            Self::System(error)
        }
    }
}

type Result<T> = std::result::Result<T, FileError>;

impl StatusIndex {
    /// Writes the index beside the file, to the disk, and puts it in the file's place: whoever reads
    /// has the one or the other, whenever this process or the machine ends. Nobody else of the system
    /// may read it. Look-ups and news go on meanwhile; it may hold those that come meanwhile.
    ///
    /// # Errors
    /// `System`, and the file is as it was, but for an error of the folder itself; `Refused` for an
    /// `about` that is too long.
    pub fn save(&self, path: &Path, about: &[u8]) -> Result<()> {
        let beside = path.with_extension("new");
        let written = self.write_new(&beside, about);
        if written.is_err() {
            // It may not be there; what went wrong is told already.
            let _ = fs::remove_file(&beside);
        }
        written?;
        fs::rename(&beside, path)?;
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            File::open(folder)?.sync_all()?;
        }
        Ok(())
    }

    fn write_new(&self, beside: &Path, about: &[u8]) -> Result<()> {
        match fs::remove_file(beside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }?;
        // Made anew: one that was there could be somebody else's, or open to others.
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(beside)?;
        self.write_to(&mut file, about)?;
        Ok(file.sync_all()?)
    }

    /// Reads an index, of so many certificates at most; with what was said of it.
    ///
    /// # Errors
    /// `System` when there is none; `Refused` when it is of another version, torn, cut short,
    /// altered or has more.
    pub fn load(path: &Path, most: usize) -> Result<(Self, Vec<u8>)> {
        let mut file = BufReader::with_capacity(MANY, File::open(path)?);
        Self::read_from(&mut file, most)
    }
}
