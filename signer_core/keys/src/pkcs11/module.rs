//! The vendor's library: loaded and initialised once per process, restarted when its device fails.
//!
//! `C_Initialize` and `C_Finalize` are the process's, not a session's: a restart ends every
//! session of every token of the module. So each use holds the read half of one lock, a restart
//! takes the write half, and a generation number tells sessions that outlived their module.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{
    Arc, Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError,
};
use std::thread;
use std::time::{Duration, Instant};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error as CkError, RvError};
use formats::error::{Error, Kind, Result};

use super::failure::Failure;

/// Restarts are at least this far apart, so that a dead device is not hammered by every caller.
pub(super) const RESTART_PAUSE: Duration = Duration::from_millis(250);
/// How often one who waits to be alone looks whether the calls in flight have ended.
const DRAIN_POLL: Duration = Duration::from_millis(2);

/// One PKCS#11 library in this process.
#[derive(Debug)]
pub(super) struct Module {
    path: PathBuf,
    process: u32,
    state: RwLock<State>,
    /// Set when a call failed in a way that only a restart mends.
    stale: AtomicBool,
    /// How many wait to be alone in the module; newcomers let them go first.
    draining: AtomicUsize,
}

/// What the lock protects.
#[derive(Debug)]
pub(super) struct State {
    library: Pkcs11,
    initialised: bool,
    generation: u64,
    last_restart: Option<Instant>,
}

impl State {
    /// The library, for calls while the guard is held.
    pub(super) fn library(&self) -> &Pkcs11 {
        &self.library
    }

    /// Rises with every restart; sessions of an older generation are dead.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }
}

impl Module {
    /// The module at this path, loaded at the first call and shared by everyone after.
    pub(super) fn load(path: &Path) -> Result<Arc<Self>> {
        static MODULES: OnceLock<Mutex<BTreeMap<PathBuf, Arc<Module>>>> = OnceLock::new();
        // Two spellings of one path are one library: C_Initialize must not run twice.
        let path = path.canonicalize().map_err(|error| {
            Error::new(
                Kind::DeviceUnavailable,
                format!("PKCS#11 module {} can't be read: {error}", path.display()),
            )
        })?;
        let mut modules = MODULES
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.get(&path) {
            return Ok(Arc::clone(module));
        }
        let library = Pkcs11::new(&path).map_err(|error| {
            Error::new(
                Kind::DeviceUnavailable,
                format!("PKCS#11 module {} can't be loaded: {error}", path.display()),
            )
        })?;
        let module = Arc::new(Self {
            path: path.clone(),
            process: std::process::id(),
            state: RwLock::new(State {
                library,
                initialised: false,
                generation: 0,
                last_restart: None,
            }),
            stale: AtomicBool::new(true),
            draining: AtomicUsize::new(0),
        });
        modules.insert(path, Arc::clone(&module));
        Ok(module)
    }

    /// The canonical path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The initialised library; restarts it first when a call before found it broken.
    pub(super) fn running(&self, deadline: Instant) -> Result<RwLockReadGuard<'_, State>> {
        if std::process::id() != self.process {
            // PKCS #11 leaves a forked child without a usable library, and locks may be held.
            return Err(Error::new(
                Kind::DeviceUnavailable,
                "the process was forked after the PKCS#11 module was loaded",
            ));
        }
        loop {
            if self.stale.load(Ordering::Acquire) {
                self.restart(deadline)?;
            }
            if self.draining.load(Ordering::Acquire) > 0 {
                wait_a_moment(deadline)?;
                continue;
            }
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            if !self.stale.load(Ordering::Acquire) {
                return Ok(state);
            }
        }
    }

    /// Has the next call restart the module. `_seen` proves the caller saw this generation fail.
    pub(super) fn mark_stale(&self, _seen: &State) {
        self.stale.store(true, Ordering::Release);
    }

    /// Runs `work` while no other call is inside the module. `None`: the module stayed busy, or
    /// is broken and about to be restarted anyway.
    pub(super) fn alone<T>(&self, deadline: Instant, work: impl FnOnce(&State) -> T) -> Option<T> {
        let state = self.drain(deadline).ok()?;
        (!self.stale.load(Ordering::Acquire)).then(|| work(&state))
    }

    fn restart(&self, deadline: Instant) -> Result<()> {
        let mut state = self.drain(deadline)?;
        if !self.stale.load(Ordering::Acquire) {
            return Ok(());
        }
        if state
            .last_restart
            .is_some_and(|last| last.elapsed() < RESTART_PAUSE)
        {
            return Err(Error::new(
                Kind::DeviceUnavailable,
                "the device failed; it is tried again shortly",
            ));
        }
        state.last_restart = Some(Instant::now());
        state.generation += 1;
        if state.initialised {
            // Ours to finalise again next time, unless the library says that it is done.
            state.initialised = !matches!(
                state.library.clone().finalize(),
                Ok(()) | Err(CkError::Pkcs11(RvError::CryptokiNotInitialized, _))
            );
        }
        // Already initialised, though not by us: somebody else's sessions are not ours to end.
        state
            .library
            .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
            .map_err(|error| Error::from(Failure::from(error)))?;
        state.initialised = true;
        self.stale.store(false, Ordering::Release);
        Ok(())
    }

    /// The write half of the lock, once the calls in flight have ended.
    fn drain(&self, deadline: Instant) -> Result<RwLockWriteGuard<'_, State>> {
        self.draining.fetch_add(1, Ordering::AcqRel);
        let state = loop {
            match self.state.try_write() {
                Ok(state) => break Ok(state),
                Err(TryLockError::Poisoned(poisoned)) => break Ok(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {
                    if let Err(late) = wait_a_moment(deadline) {
                        break Err(late);
                    }
                }
            }
        };
        self.draining.fetch_sub(1, Ordering::AcqRel);
        state
    }
}

fn wait_a_moment(deadline: Instant) -> Result<()> {
    if Instant::now() >= deadline {
        return Err(Error::new(
            Kind::DeviceUnavailable,
            "calls already on the device did not return in time",
        ));
    }
    thread::sleep(DRAIN_POLL);
    Ok(())
}
