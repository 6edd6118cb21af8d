//! `SigningLine`: signatures for an event loop, which must not wait for them.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use formats::error::{Error, Kind};
use formats::signing::Hash;
use keys::{Listener, Request};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use super::software::SoftwareKey;
use crate::error::{Failure, Result};

type Made = (u64, formats::error::Result<Vec<u8>>);

/// What was made and not yet fetched. The threads that sign put it here without asking for the GIL.
struct Outbox {
    inside: Mutex<Inside>,
    /// An octet is written to it when there is something to fetch.
    bell: UnixStream,
}

#[derive(Default)]
struct Inside {
    made: Vec<Made>,
    /// Whether the bell rang for it.
    rang: bool,
}

impl Outbox {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self) -> Vec<Made> {
        std::mem::take(&mut *self.lock()).made
    }
}

impl Listener for Outbox {
    fn told(&self, number: u64, outcome: formats::error::Result<Vec<u8>>) {
        self.lock().made.push((number, outcome));
    }

    /// Once for what was signed together, since each ring may cost the loop a turn.
    fn told_all(&self) {
        let mut inside = self.lock();
        let rings = !inside.rang && !inside.made.is_empty();
        inside.rang |= rings;
        drop(inside);
        if rings {
            // It can't be full: the reader takes what rang before it takes what was made.
            let _ = (&self.bell).write(&[0]);
        }
    }
}

/// Where signatures are asked for by number and fetched when they are made.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct SigningLine {
    outbox: Arc<Outbox>,
    rings: UnixStream,
}

#[pymethods]
impl SigningLine {
    #[new]
    fn new() -> Result<Self> {
        let failed = |error: std::io::Error| Error::new(Kind::System, error.kind().to_string());
        let (bell, rings) = UnixStream::pair().map_err(failed)?;
        for end in [&bell, &rings] {
            end.set_nonblocking(true).map_err(failed)?;
        }
        let inside = Mutex::default();
        Ok(Self {
            outbox: Arc::new(Outbox { inside, bell }),
            rings,
        })
    }

    fn fileno(&self) -> i32 {
        self.rings.as_raw_fd()
    }

    fn submit(&self, orders: Vec<(u64, PyRef<'_, SoftwareKey>, PyBackedBytes)>) -> Result<()> {
        let requests: Vec<_> = orders
            .iter()
            .map(|(number, key, message)| {
                let request = Request {
                    signer: key.signer(),
                    hash: Hash::Sha256,
                    message,
                };
                (*number, request)
            })
            .collect();
        let outbox: Arc<dyn Listener> = Arc::<Outbox>::clone(&self.outbox);
        Ok(keys::sign_later(&requests, &outbox)?)
    }

    fn take<'py>(&self, py: Python<'py>) -> Vec<(u64, Bound<'py, PyAny>)> {
        let mut octets = [0; 64];
        while (&self.rings).read(&mut octets).is_ok_and(|read| read > 0) {}
        let told = |outcome: formats::error::Result<Vec<u8>>| match outcome {
            Ok(signature) => PyBytes::new(py, &signature).into_any(),
            Err(error) => {
                let raised = PyErr::from(Failure::from(error));
                raised.into_value(py).into_bound(py).into_any()
            }
        };
        let made = self.outbox.take().into_iter();
        made.map(|(number, outcome)| (number, told(outcome)))
            .collect()
    }
}

/// Adds the class to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<SigningLine>()
}
