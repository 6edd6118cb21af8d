//! Strangers' requests for certificates, for Python.

use std::sync::Arc;

use formats::error::Error;
use path::{CertificationRequest, Limits, SignaturePolicy, Signatures};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::path_key::PathPublicKey;
use crate::error::Result;

/// A PKCS#10 request, read; nothing in it is believed yet.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct PathCertificationRequest(Arc<CertificationRequest>);

#[pymethods]
impl PathCertificationRequest {
    #[staticmethod]
    fn read(octets: &[u8]) -> Result<Self> {
        let read = CertificationRequest::read(octets);
        let read = read.map_err(|why| Error::malformed(why.field, why.rule))?;
        Ok(Self(Arc::new(read)))
    }

    #[getter]
    fn subject<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.subject().prepared())
    }

    #[getter]
    fn subject_der<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.subject().der())
    }

    #[getter]
    fn names_its_subject(&self) -> bool {
        !self.0.subject().is_empty()
    }

    #[getter]
    fn key(&self) -> PathPublicKey {
        PathPublicKey::of_request(&self.0)
    }

    #[getter]
    fn asks_for_authority(&self) -> bool {
        self.0.asks_for_authority()
    }

    /// Why the signature is not of the key inside; nothing when it is.
    #[getter]
    fn possession_fault(&self, py: Python<'_>) -> Option<&'static str> {
        py.detach(|| {
            Signatures::new(SignaturePolicy::default(), Limits::default().signatures)
                .verify(self.0.key(), &self.0.signed())
                .err()
                .map(path::Reason::name)
        })
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PathCertificationRequest>()
}
