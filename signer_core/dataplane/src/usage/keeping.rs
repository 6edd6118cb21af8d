//! Counts in a file that outlives a process which is killed.
//!
//! A thread writes all of them ten times a second, where they have grown, by turns into two files: one
//! that was being written when the process ended is not whole, and the other is there. It is not waited
//! for until they are on a disk: what was written to a file outlives the process, though not the machine.
//! So of a process that is killed is lost what it told since it began to write the last file that is
//! whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Told;
use super::file::{Run, Snapshot, read};
use crate::plane::Plane;

/// Between the end of one writing and the beginning of the next.
pub const EVERY: Duration = Duration::from_millis(100);
const NAMES: [&str; 2] = ["usage.0", "usage.1"];
/// A file beyond this is none of ours: a million counts have a tenth of it.
const LARGEST: u64 = 1 << 30;

/// The newest whole file in a folder; nothing where there is none.
///
/// # Errors
/// A file is there and can't be read.
pub fn newest(folder: &Path) -> io::Result<Option<Snapshot>> {
    let mut found: Option<Snapshot> = None;
    for name in NAMES {
        let octets = match fs::symlink_metadata(folder.join(name)) {
            Ok(about) if about.is_file() && about.len() <= LARGEST => fs::read(folder.join(name))?,
            Ok(_) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        // Of one run by their numbers: a clock may go back.
        let newer = read(&octets).filter(|it| {
            found.as_ref().is_none_or(|before| {
                let same = it.run == before.run;
                (same && it.number > before.number) || (!same && it.at > before.at)
            })
        });
        found = newer.or(found);
    }
    Ok(found)
}

/// Takes both files away: what they say is in the database.
///
/// # Errors
/// One is there still.
pub fn forget(folder: &Path) -> io::Result<()> {
    for name in NAMES {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Writes them until it is stopped.
pub struct Keeping {
    stop: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
    failed: Arc<Mutex<Option<io::ErrorKind>>>,
}

impl Keeping {
    /// From now on, in a folder that is this process's alone.
    ///
    /// # Errors
    /// The first file could not be written, or there is no thread.
    pub fn begin(plane: Arc<Plane>, folder: PathBuf, run: Run) -> io::Result<Self> {
        let mut writer = Writer {
            plane,
            folder,
            run,
            number: 0,
            last: None,
        };
        writer.write()?;
        let failed = Arc::new(Mutex::new(None));
        let failing = Arc::clone(&failed);
        let (stop, stopped) = channel();
        let thread = thread::Builder::new()
            .name("usage-file".into())
            .spawn(move || {
                loop {
                    let ends = stopped.recv_timeout(EVERY) != Err(RecvTimeoutError::Timeout);
                    let outcome = writer.write().err().map(|it| it.kind());
                    *failing.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
                    if ends {
                        return;
                    }
                }
            })?;
        Ok(Self {
            stop: Mutex::new(Some((stop, thread))),
            failed,
        })
    }

    /// Why the last writing failed, if it did.
    #[must_use]
    pub fn failed(&self) -> Option<io::ErrorKind> {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes once more, and ends.
    pub fn stop(&self) {
        let running = self.stop.lock();
        let running = running.unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, thread)) = running {
            drop(stop);
            // One that panicked has ended too.
            let _ = thread.join();
        }
    }
}

struct Writer {
    plane: Arc<Plane>,
    folder: PathBuf,
    run: Run,
    number: u64,
    last: Option<Vec<Told>>,
}

impl Writer {
    fn write(&mut self) -> io::Result<()> {
        let told = self.plane.usage().all();
        if self.last.as_ref() == Some(&told) {
            return Ok(());
        }
        let snapshot = Snapshot {
            run: self.run,
            number: self.number + 1,
            at: self.plane.now(),
            told,
        };
        let octets = snapshot
            .encoded()
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))?;
        let name = NAMES[usize::from(snapshot.number % 2 == 1)];
        let mut file = self.opened(name)?;
        file.write_all(&octets)?;
        // What a longer one before it left.
        file.set_len(octets.len() as u64)?;
        self.number = snapshot.number;
        self.last = Some(snapshot.told);
        Ok(())
    }

    /// Others may not even read it: it says who asks how much.
    fn opened(&self, name: &str) -> io::Result<File> {
        OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.folder.join(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::registry::Way;

    const RUN: Run = [1; 16];

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("usage-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            forget(&folder).unwrap();
            Self(folder)
        }

        fn total(&self) -> Option<u64> {
            let found = newest(&self.0).unwrap()?;
            Some(found.told.iter().map(|it| it.total).sum())
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn writer(folder: &Folder) -> Writer {
        Writer {
            plane: Arc::new(Plane::new(Box::new(SystemClock), Vec::new())),
            folder: folder.0.clone(),
            run: RUN,
            number: 0,
            last: None,
        }
    }

    fn tell(writer: &mut Writer, told: usize) {
        let usage = writer.plane.usage();
        usage.add("tax-office", "signing-13", Way::Grpc, told);
        writer.write().unwrap();
    }

    #[test]
    fn the_newest_that_is_whole_is_read() {
        let folder = Folder::new("newest");
        assert_eq!(folder.total(), None);
        let mut writer = writer(&folder);
        for (told, all) in [(1, 1), (2, 3), (3, 6)] {
            tell(&mut writer, told);
            assert_eq!(folder.total(), Some(all));
        }
        let last = folder.0.join(NAMES[usize::from(writer.number % 2 == 1)]);
        let octets = fs::read(&last).unwrap();
        fs::write(&last, &octets[..octets.len() - 1]).unwrap();
        assert_eq!(folder.total(), Some(3));
        forget(&folder.0).unwrap();
        assert_eq!(folder.total(), None);
    }

    #[test]
    fn what_has_not_grown_is_not_written_again() {
        let folder = Folder::new("same");
        let mut writer = writer(&folder);
        tell(&mut writer, 1);
        writer.write().unwrap();
        assert_eq!(writer.number, 1);
    }

    #[test]
    fn a_stop_writes_what_there_is() {
        let folder = Folder::new("stop");
        let plane = writer(&folder).plane;
        let keeping = Keeping::begin(Arc::clone(&plane), folder.0.clone(), RUN).unwrap();
        assert_eq!(folder.total(), Some(0));
        plane.usage().add("tax-office", "signing-13", Way::Lists, 4);
        keeping.stop();
        keeping.stop();
        assert_eq!((folder.total(), keeping.failed()), (Some(4), None));
    }

    #[test]
    fn without_its_folder_nothing_begins() {
        let folder = Folder::new("gone");
        let plane = writer(&folder).plane;
        let nowhere = folder.0.join("nowhere");
        assert!(newest(&nowhere).unwrap().is_none());
        assert!(Keeping::begin(plane, nowhere, RUN).is_err());
    }
}
