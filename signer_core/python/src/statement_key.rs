//! `StatementKey` and `verify_statements`.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use crate::error::Result;

/// A public key that statements are signed with, parsed once.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct StatementKey {
    inner: keys::StatementKey,
}

#[pymethods]
impl StatementKey {
    #[staticmethod]
    fn es256(point: &[u8]) -> Result<Self> {
        let inner = keys::StatementKey::es256(point)?;
        Ok(Self { inner })
    }

    #[staticmethod]
    fn rs256(spki_der: &[u8]) -> Result<Self> {
        let inner = keys::StatementKey::rs256(spki_der)?;
        Ok(Self { inner })
    }
}

/// Checks signatures of any keys over a message each. Without the GIL: a request rests on several,
/// and other requests of the process go on meanwhile.
#[pyfunction]
fn verify_statements(
    py: Python<'_>,
    signed: Vec<(Py<StatementKey>, PyBackedBytes, PyBackedBytes)>,
) -> Vec<bool> {
    py.detach(|| {
        let verifies =
            |(key, message, signature): &(Py<StatementKey>, PyBackedBytes, PyBackedBytes)| {
                key.get().inner.verifies(message, signature)
            };
        signed.iter().map(verifies).collect()
    })
}

/// Adds the class and the function to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<StatementKey>()?;
    module.add_function(wrap_pyfunction!(verify_statements, module)?)?;
    Ok(())
}
