//! `Pkcs11Token` and `Pkcs11Key`: keys on a device.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use formats::error::Error;
use formats::signing::Hash;
use keys::BatchSigner;
use keys::pkcs11::{Settings, Token, TokenKey};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use crate::error::Result;

/// A logged-in token and its pool of sessions.
#[pyclass(frozen, module = "openjpki.signer_core")]
struct Pkcs11Token(Arc<Token>);

#[pymethods]
impl Pkcs11Token {
    #[new]
    #[pyo3(signature = (module_path, token_label, pin, *, sessions = 4, wait_seconds = 10.0))]
    fn new(
        py: Python<'_>,
        module_path: PathBuf,
        token_label: String,
        pin: PyBackedBytes,
        sessions: usize,
        wait_seconds: f64,
    ) -> Result<Self> {
        let pin = std::str::from_utf8(&pin)
            .map(|pin| Zeroizing::new(pin.to_owned()))
            .map_err(|_| Error::invalid("pin", "must be UTF-8"))?;
        let wait = Duration::try_from_secs_f64(wait_seconds)
            .map_err(|_| Error::invalid("wait_seconds", "must be zero or more"))?;
        let settings = Settings { sessions, wait };
        // Opening talks to the device, which takes its time.
        let token = py.detach(|| Token::open(&module_path, &token_label, pin, settings))?;
        Ok(Self(token))
    }

    #[getter]
    fn label(&self) -> &str {
        self.0.label()
    }

    #[getter]
    fn sessions(&self) -> usize {
        self.0.sessions()
    }

    fn open_key(&self, py: Python<'_>, label: String) -> Result<Pkcs11Key> {
        let token = Arc::clone(&self.0);
        let key = py.detach(|| TokenKey::open(token, &label))?;
        Ok(Pkcs11Key(Arc::new(key)))
    }
}

/// A key that never leaves its token.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct Pkcs11Key(Arc<TokenKey>);

impl Pkcs11Key {
    /// For the parts of this layer that sign with a key they are given.
    pub(super) fn signer(&self) -> &TokenKey {
        &self.0
    }

    /// For whoever signs with it as long as they like.
    pub(super) fn shared(&self) -> Arc<TokenKey> {
        Arc::clone(&self.0)
    }
}

#[pymethods]
impl Pkcs11Key {
    #[getter]
    fn label(&self) -> &str {
        self.0.label()
    }

    #[getter]
    fn spki_der<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.verifying_key().spki())
    }

    #[getter]
    fn bits(&self) -> usize {
        self.0.verifying_key().bits()
    }

    #[pyo3(signature = (message, hash = "sha256"))]
    fn sign<'py>(
        &self,
        py: Python<'py>,
        message: PyBackedBytes,
        hash: &str,
    ) -> Result<Bound<'py, PyBytes>> {
        let hash: Hash = hash.parse()?;
        // The device signs while other Python threads run.
        let signature = py.detach(|| keys::sign(self.signer(), hash, &message))?;
        Ok(PyBytes::new(py, &signature))
    }

    #[pyo3(signature = (messages, threads = None, hash = "sha256"))]
    fn sign_batch<'py>(
        &self,
        py: Python<'py>,
        messages: Vec<PyBackedBytes>,
        threads: Option<usize>,
        hash: &str,
    ) -> Result<Vec<Bound<'py, PyBytes>>> {
        let hash: Hash = hash.parse()?;
        // As above; the batch spreads over the token's sessions.
        let signatures = py.detach(|| self.0.sign_batch(hash, &messages, threads))?;
        Ok(signatures
            .iter()
            .map(|signature| PyBytes::new(py, signature))
            .collect())
    }
}

/// Adds the classes to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Pkcs11Token>()?;
    module.add_class::<Pkcs11Key>()
}
