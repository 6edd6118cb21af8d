//! The parts of PEM files, for Python.

use path::pool::pem::parts;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Label and content of a part; no content where its armour is broken.
type Part<'py> = (Bound<'py, PyBytes>, Option<Bound<'py, PyBytes>>);

/// The parts of a text, in order; none of one DER object.
#[pyfunction]
fn pem_parts<'py>(py: Python<'py>, octets: &[u8]) -> Vec<Part<'py>> {
    parts(octets)
        .into_iter()
        .flatten()
        .map(|part| {
            let held = part.octets.ok();
            (
                PyBytes::new(py, part.label),
                held.map(|held| PyBytes::new(py, &held)),
            )
        })
        .collect()
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(pem_parts, module)?)
}
