//! `SoftwareKey`, `sign_requests`, `verify_batch`, and how signatures of several are made together.
//!
//! Private operations take a fraction of a millisecond each, so all of them run without the GIL:
//! other requests of the process go on meanwhile.

use std::sync::Arc;
use std::time::Duration;

use formats::error::Error;
use formats::signing::Hash;
use keys::{BatchSigner, VerifyingKey};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::Result;

/// An RSA private key of 2048 to 4096 bits in this process's memory.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct SoftwareKey {
    inner: Arc<keys::SoftwareKey>,
}

impl SoftwareKey {
    /// For the parts of this layer that sign with a key they are given.
    pub(super) fn signer(&self) -> &keys::SoftwareKey {
        &self.inner
    }

    /// For whoever signs with it as long as they like.
    pub(super) fn shared(&self) -> Arc<keys::SoftwareKey> {
        Arc::clone(&self.inner)
    }

    fn of(inner: keys::SoftwareKey) -> Self {
        let inner = Arc::new(inner);
        Self { inner }
    }
}

#[pymethods]
impl SoftwareKey {
    #[staticmethod]
    fn from_pkcs8(der: &[u8]) -> Result<Self> {
        let inner = keys::SoftwareKey::from_pkcs8(der)?;
        Ok(Self::of(inner))
    }

    #[staticmethod]
    fn from_encrypted_pkcs8(
        py: Python<'_>,
        der: PyBackedBytes,
        password: PyBackedBytes,
    ) -> Result<Self> {
        let inner = py.detach(|| keys::SoftwareKey::from_encrypted_pkcs8(&der, &password))?;
        Ok(Self::of(inner))
    }

    #[staticmethod]
    fn generate(py: Python<'_>, bits: usize) -> Result<Self> {
        let inner = py.detach(|| keys::SoftwareKey::generate(bits))?;
        Ok(Self::of(inner))
    }

    #[pyo3(signature = (password, iterations = 600_000))]
    fn to_encrypted_pkcs8<'py>(
        &self,
        py: Python<'py>,
        password: PyBackedBytes,
        iterations: u32,
    ) -> Result<Bound<'py, PyBytes>> {
        let stored = py.detach(|| self.inner.to_encrypted_pkcs8(&password, iterations))?;
        Ok(PyBytes::new(py, &stored))
    }

    #[getter]
    fn bits(&self) -> usize {
        self.inner.verifying_key().bits()
    }

    #[getter]
    fn spki_der<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.inner.verifying_key().spki())
    }

    #[pyo3(signature = (message, hash = "sha256"))]
    fn sign<'py>(
        &self,
        py: Python<'py>,
        message: PyBackedBytes,
        hash: &str,
    ) -> Result<Bound<'py, PyBytes>> {
        let hash: Hash = hash.parse()?;
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
        let signed = py.detach(|| keys::sign_batch(self.signer(), hash, &messages, threads))?;
        Ok(signed.iter().map(|one| PyBytes::new(py, one)).collect())
    }

    fn __repr__(&self) -> String {
        format!("SoftwareKey(bits={})", self.bits())
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "SoftwareKey can't be pickled or copied: it holds a private key",
        ))
    }
}

/// Signs messages for any number of keys, on all cores.
#[pyfunction]
#[pyo3(signature = (requests, threads = None, hash = "sha256"))]
fn sign_requests<'py>(
    py: Python<'py>,
    requests: Vec<(Py<SoftwareKey>, PyBackedBytes)>,
    threads: Option<usize>,
    hash: &str,
) -> Result<Vec<Bound<'py, PyBytes>>> {
    let hash: Hash = hash.parse()?;
    let requests: Vec<_> = requests
        .iter()
        .map(|(key, message)| keys::Request {
            signer: key.get().signer(),
            hash,
            message,
        })
        .collect();
    let signed = py.detach(|| keys::sign_requests(&requests, threads))?;
    Ok(signed.iter().map(|one| PyBytes::new(py, one)).collect())
}

/// Sets how long a single signature may wait for those that other threads ask for.
#[pyfunction]
#[pyo3(signature = (seconds))]
fn set_gathering(seconds: Option<f64>) -> Result<()> {
    let longest = seconds
        .map(Duration::try_from_secs_f64)
        .transpose()
        .map_err(|_| Error::invalid("gathering", "must not be negative"))?;
    Ok(keys::set_gathering(longest)?)
}

/// What was chosen for keys of one size.
#[pyclass(frozen, module = "openjpki.signer_core")]
struct Lanes(keys::Lanes);

#[pymethods]
impl Lanes {
    #[getter]
    fn smallest_group(&self) -> usize {
        self.0.smallest_group.unwrap_or(0)
    }

    #[getter]
    fn wait(&self) -> f64 {
        self.0.wait.as_secs_f64()
    }

    #[getter]
    fn measured(&self) -> Option<(f64, f64, f64)> {
        let seconds = |nanoseconds| Duration::from_nanos(nanoseconds).as_secs_f64();
        let costs = self.0.costs?;
        Some((
            seconds(costs.single),
            seconds(costs.few),
            seconds(costs.all),
        ))
    }
}

/// Switches the lanes on or off, for the whole process.
#[pyfunction]
fn switch_lanes(on: bool) {
    keys::switch_lanes(on);
}

/// What is chosen for keys of one size; measures first.
#[pyfunction]
#[pyo3(signature = (bits = 2048))]
fn lanes(py: Python<'_>, bits: usize) -> Lanes {
    Lanes(py.detach(|| keys::lanes(bits)))
}

/// Checks many RSASSA-PKCS1-v1_5 signatures by one public key, on all cores.
#[pyfunction]
#[pyo3(signature = (spki_der, messages, signatures, hash = "sha256"))]
fn verify_batch(
    py: Python<'_>,
    spki_der: &[u8],
    messages: Vec<PyBackedBytes>,
    signatures: Vec<PyBackedBytes>,
    hash: &str,
) -> Result<Vec<bool>> {
    let hash: Hash = hash.parse()?;
    let key = VerifyingKey::from_spki(spki_der)?;
    Ok(py.detach(|| keys::verify_batch(&key, hash, &messages, &signatures))?)
}

/// Encrypts a PKCS#8 key of any kind.
#[pyfunction]
#[pyo3(signature = (der, password, iterations = 600_000))]
fn encrypt_pkcs8<'py>(
    py: Python<'py>,
    der: PyBackedBytes,
    password: PyBackedBytes,
    iterations: u32,
) -> Result<Bound<'py, PyBytes>> {
    let stored = py.detach(|| keys::encrypt_pkcs8(&der, &password, iterations))?;
    Ok(PyBytes::new(py, &stored))
}

/// Adds the class and the function to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<SoftwareKey>()?;
    module.add_class::<Lanes>()?;
    module.add_function(wrap_pyfunction!(encrypt_pkcs8, module)?)?;
    module.add_function(wrap_pyfunction!(sign_requests, module)?)?;
    module.add_function(wrap_pyfunction!(set_gathering, module)?)?;
    module.add_function(wrap_pyfunction!(switch_lanes, module)?)?;
    module.add_function(wrap_pyfunction!(lanes, module)?)?;
    module.add_function(wrap_pyfunction!(verify_batch, module)?)?;
    Ok(())
}
