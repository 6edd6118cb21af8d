//! The parts of PEM files, for Python.

use path::pool::pem::{Part, parts};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

/// Whether there is a part in it, whole or not.
#[pyfunction]
fn is_pem(py: Python<'_>, octets: &[u8]) -> bool {
    py.detach(|| of(octets).next().is_some())
}

/// What the parts of some labels hold, in order; no content where the armour is broken.
#[pyfunction]
#[pyo3(signature = (octets, labels, most = usize::MAX))]
fn pem_contents<'py>(
    py: Python<'py>,
    octets: &[u8],
    labels: Vec<PyBackedBytes>,
    most: usize,
) -> Vec<Option<Bound<'py, PyBytes>>> {
    let found: Vec<Option<Vec<u8>>> = py.detach(|| {
        of(octets)
            .filter(|part| labels.iter().any(|label| **label == *part.label))
            .take(most)
            .map(|part| part.octets().ok())
            .collect()
    });
    found
        .into_iter()
        .map(|held| held.map(|held| PyBytes::new(py, &held)))
        .collect()
}

/// None of one DER object.
fn of(octets: &[u8]) -> impl Iterator<Item = Part<'_>> {
    parts(octets).into_iter().flatten()
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(is_pem, module)?)?;
    module.add_function(wrap_pyfunction!(pem_contents, module)?)
}
