//! The idle sessions of one token, and how a new one is opened and logged in.

use std::collections::HashMap;

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error as CkError, RvError};
use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use formats::error::{Error, Kind};

use super::failure::Failure;
use super::module::State;

/// One session, owned by one thread at a time, and the key handles it has looked up.
///
/// Opened without close-on-drop: after a restart of the module its handle number may belong to
/// somebody else's new session, which a late close would end.
#[derive(Debug)]
pub(super) struct PooledSession {
    session: Session,
    library: Pkcs11,
    slot: Slot,
    handles: HashMap<String, ObjectHandle>,
}

/// Sessions waiting for work. All belong to `generation`.
#[derive(Debug, Default)]
pub(super) struct Pool {
    generation: u64,
    logged_in: bool,
    idle: Vec<PooledSession>,
}

impl Pool {
    /// An idle session, or a newly opened one.
    pub(super) fn take(
        &mut self,
        state: &State,
        label: &str,
        pin: &str,
    ) -> Result<PooledSession, Failure> {
        if self.generation != state.generation() {
            // The module was restarted: those sessions ended with it.
            self.idle.clear();
            self.logged_in = false;
            self.generation = state.generation();
        }
        if let Some(session) = self.idle.pop() {
            return Ok(session);
        }
        let slot = slot_of(state, label)?;
        let session = state.library().open_ro_session_no_drop(slot)?;
        if !self.logged_in {
            if let Err(error) = log_in(&session, pin) {
                let _ = session.close();
                return Err(error);
            }
            self.logged_in = true;
        }
        Ok(PooledSession {
            session,
            library: state.library().clone(),
            slot,
            handles: HashMap::new(),
        })
    }

    pub(super) fn give_back(&mut self, session: PooledSession) {
        self.idle.push(session);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.idle.is_empty()
    }

    /// Closes the idle sessions, the last of which logs us out. The caller is alone in the module.
    pub(super) fn close(&mut self, state: &State) {
        for pooled in self.idle.drain(..) {
            if self.generation == state.generation() {
                let _ = pooled.session.close();
            }
        }
        self.logged_in = false;
    }
}

impl PooledSession {
    /// Runs `work` with the private key of this label. A handle the device no longer knows is
    /// looked up once more: objects may have been added or destroyed since.
    pub(super) fn with_private_key<T>(
        &mut self,
        label: &str,
        work: impl Fn(&Session, ObjectHandle) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        // Sessions remember handles: finding is slower than signing on some devices.
        if let Some(handle) = self.handles.get(label) {
            match work(&self.session, *handle) {
                Err(Failure::HandleGone) => self.handles.remove(label),
                done => return done,
            };
        }
        let handle = self.find_private_key(label)?;
        self.handles.insert(label.to_owned(), handle);
        work(&self.session, handle)
    }

    fn find_private_key(&self, label: &str) -> Result<ObjectHandle, Failure> {
        let found = self.session.find_objects(&[
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Token(true),
            Attribute::Label(label.as_bytes().to_vec()),
        ])?;
        match found[..] {
            [handle] => Ok(handle),
            [] => {
                // A token that was taken away may answer with an empty list before it fails.
                self.library.get_token_info(self.slot)?;
                Err(Error::new(Kind::KeyNotFound, format!("the token has no key {label}")).into())
            }
            _ => Err(Error::key(format!("the token has several keys {label}")).into()),
        }
    }
}

/// The slot whose token carries this label, which must be the only one.
fn slot_of(state: &State, label: &str) -> Result<Slot, Failure> {
    let mut found = None;
    for slot in state.library().get_slots_with_initialized_token()? {
        if state.library().get_token_info(slot)?.label() == label && found.replace(slot).is_some() {
            return Err(Error::key(format!("several tokens are labelled {label}")).into());
        }
    }
    found.ok_or_else(|| Failure::Device(format!("no token labelled {label} is present")))
}

/// Logs the application in, and makes sure that it was this PIN that did it.
fn log_in(session: &Session, pin: &str) -> Result<(), Failure> {
    let pin = AuthPin::from(pin);
    match session.login(UserType::User, Some(&pin)) {
        Err(CkError::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {
            // A login left over says nothing about our PIN.
            session.logout()?;
            session.login(UserType::User, Some(&pin))?;
            Ok(())
        }
        other => Ok(other?),
    }
}
