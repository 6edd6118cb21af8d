//! `LongNumber`.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A number that is taken modulo many others.
#[pyclass(frozen, module = "openjpki.signer_core")]
struct LongNumber {
    inner: keys::LongNumber,
}

#[pymethods]
impl LongNumber {
    #[new]
    fn new(octets: &[u8]) -> Self {
        Self {
            inner: keys::LongNumber::new(octets),
        }
    }

    fn left_by<'py>(&self, py: Python<'py>, modulus: &[u8]) -> Option<Bound<'py, PyBytes>> {
        let left = py.detach(|| self.inner.left_by(modulus))?;
        Some(PyBytes::new(py, &left))
    }
}

/// Adds the class to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<LongNumber>()
}
