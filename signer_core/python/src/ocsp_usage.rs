//! `OcspUsageFiles`: what verifiers were told, in files that outlive the process.

use std::path::PathBuf;
use std::sync::Arc;

use dataplane::clock::Micros;
use dataplane::usage::keeping::{Keeping, forget, newest};
use dataplane::usage::{Run, Told};
use pyo3::prelude::*;

use super::ocsp_plane::OcspPlane;

/// A verifier, an authority, the way, how many since the run began.
pub(super) type Count = (String, String, &'static str, u64);
/// Which run, when that was, and its counts.
type Newest = (Run, Micros, Vec<Count>);

pub(super) fn counts(told: Vec<Told>) -> Vec<Count> {
    let told = told.into_iter();
    told.map(|it| {
        (
            it.verifier.to_string(),
            it.authority.to_string(),
            it.way.name(),
            it.total,
        )
    })
    .collect()
}

/// Written ten times a second until stopped.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspUsageFiles(Keeping);

#[pymethods]
impl OcspUsageFiles {
    #[new]
    fn new(py: Python<'_>, plane: &OcspPlane, folder: PathBuf, run: Run) -> PyResult<Self> {
        let plane = Arc::clone(&plane.0);
        Ok(Self(py.detach(|| Keeping::begin(plane, folder, run))?))
    }

    #[staticmethod]
    fn newest(py: Python<'_>, folder: PathBuf) -> PyResult<Option<Newest>> {
        let found = py.detach(|| newest(&folder))?;
        Ok(found.map(|it| (it.run, it.at, counts(it.told))))
    }

    #[staticmethod]
    fn forget(py: Python<'_>, folder: PathBuf) -> PyResult<()> {
        Ok(py.detach(|| forget(&folder))?)
    }

    /// Why the last writing failed; nothing: it did not.
    #[getter]
    fn failed(&self) -> Option<String> {
        self.0.failed().map(|it| it.to_string())
    }

    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.0.stop());
    }
}

/// Adds the class to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<OcspUsageFiles>()
}
