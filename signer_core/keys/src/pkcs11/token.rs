//! A token: one login, a bounded pool of sessions, one PIN.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use formats::error::{Error, Kind, Result};
use zeroize::Zeroizing;

use super::failure::Failure;
use super::module::{Module, RESTART_PAUSE};
use super::permits::Permits;
use super::pool::{Pool, PooledSession};

/// How long closing waits for other calls to leave the module.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// How a token is used.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Most sessions open at once, at least 1.
    pub sessions: usize,
    /// Longest wait for a free session, and for a failed module to be restarted.
    pub wait: Duration,
}

/// A token of a PKCS#11 module, shared by everyone in the process who names the same one.
pub struct Token {
    module: Arc<Module>,
    label: String,
    pin: Zeroizing<String>,
    settings: Settings,
    permits: Permits,
    pool: Mutex<Pool>,
    /// A refused PIN is never tried again: tokens lock themselves after a few tries.
    pin_refused: AtomicBool,
}

// Written out, because the derived form would print the PIN.
impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("label", &self.label)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

type Known = Mutex<BTreeMap<(PathBuf, String), Weak<Token>>>;

impl Token {
    /// The token with this label, logged in.
    ///
    /// Opened once per process; a later call shares it, keeps its settings, and must bring the
    /// same PIN. Errors: `DeviceUnavailable`, `CredentialRefused`, `InvalidArgument`.
    pub fn open(
        module: &Path,
        label: &str,
        pin: Zeroizing<String>,
        settings: Settings,
    ) -> Result<Arc<Self>> {
        static TOKENS: OnceLock<Known> = OnceLock::new();
        if settings.sessions == 0 {
            return Err(Error::invalid("sessions", "at least one is needed"));
        }
        let module = Module::load(module)?;
        let mut tokens = TOKENS
            .get_or_init(Mutex::default)
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let name = (module.path().to_owned(), label.to_owned());
        if let Some(token) = tokens.get(&name).and_then(Weak::upgrade) {
            token.check_pin(&pin)?;
            return Ok(token);
        }
        let token = Arc::new(Self {
            module,
            label: label.to_owned(),
            pin,
            settings,
            permits: Permits::new(settings.sessions),
            pool: Mutex::default(),
            pin_refused: AtomicBool::new(false),
        });
        if let Err(error) = token.with_session(|_| Ok(()))
            && error.kind() == Kind::DeviceUnavailable
        {
            // Libraries that looked for tokens when they were initialised do not see a newer one.
            // That failure has the module restarted, as soon as its pause allows.
            thread::sleep(RESTART_PAUSE);
        }
        token.with_session(|_| Ok(()))?;
        tokens.insert(name, Arc::downgrade(&token));
        Ok(token)
    }

    /// The token's label.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Most sessions open at once.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.settings.sessions
    }

    /// Runs `work` with a session that no other thread has.
    pub(super) fn with_session<T>(
        &self,
        work: impl FnOnce(&mut PooledSession) -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        if self.pin_refused.load(Ordering::Acquire) {
            return Err(Error::new(
                Kind::CredentialRefused,
                "the token refused the PIN; it is not tried again",
            ));
        }
        let deadline = Permits::deadline(self.settings.wait);
        let _permit = self.permits.acquire(deadline)?;
        let state = self.module.running(deadline)?;
        let taken = self.pool().take(&state, &self.label, &self.pin);
        let done = taken.and_then(|mut session| match work(&mut session) {
            // A session that saw the device fail is dropped; the restart ends it.
            Err(failure @ Failure::Device(_)) => Err(failure),
            done => {
                self.pool().give_back(session);
                done
            }
        });
        match &done {
            Err(Failure::Device(_)) => self.module.mark_stale(&state),
            Err(Failure::PinRefused(_)) => self.pin_refused.store(true, Ordering::Release),
            _ => {}
        }
        Ok(done?)
    }

    fn pool(&self) -> std::sync::MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_pin(&self, pin: &str) -> Result<()> {
        verify_slices_are_equal(self.pin.as_bytes(), pin.as_bytes()).map_err(|_| {
            Error::new(
                Kind::CredentialRefused,
                "the token is open in this process with another PIN",
            )
        })
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // Alone, because some libraries crash when a session closes while others work.
        let pool = self.pool.get_mut().unwrap_or_else(PoisonError::into_inner);
        if pool.is_empty() {
            return;
        }
        self.module
            .alone(Permits::deadline(CLOSE_WAIT), |state| pool.close(state));
    }
}
