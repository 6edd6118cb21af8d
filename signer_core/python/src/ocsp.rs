//! OCSP, for Python.

use std::sync::Arc;

use formats::error::Error;
use formats::ocsp::{self, CertStatus, ErrorStatus, ResponseData, SingleResponse};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::any_key::AnyKey;
use crate::error::Result;

/// Which certificate a request asks about.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspCertId(Arc<ocsp::CertId>);

#[pymethods]
impl OcspCertId {
    #[getter]
    fn der<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.der)
    }

    #[getter]
    fn hash_algorithm(&self) -> String {
        self.0.hash_algorithm.to_string()
    }

    #[getter]
    fn issuer_name_hash<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.issuer_name_hash())
    }

    #[getter]
    fn issuer_key_hash<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.issuer_key_hash())
    }

    #[getter]
    fn serial<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.serial())
    }
}

/// The signature of a request, not verified.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspRequestSignature(ocsp::RequestSignature);

#[pymethods]
impl OcspRequestSignature {
    #[getter]
    fn tbs<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.tbs)
    }

    #[getter]
    fn algorithm(&self) -> String {
        self.0.algorithm.to_string()
    }

    #[getter]
    fn parameters<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let parameters = self.0.parameters.as_ref();
        parameters.map(|der| PyBytes::new(py, der))
    }

    #[getter]
    fn signature<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.signature)
    }

    #[getter]
    fn certificates<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let certificates = self.0.certificates.iter();
        certificates.map(|der| PyBytes::new(py, der)).collect()
    }
}

/// A request that was read whole.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspRequest(ocsp::OcspRequest);

#[pymethods]
impl OcspRequest {
    #[getter]
    fn requestor_directory_name<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let name = self.0.requestor_directory_name.as_ref();
        name.map(|der| PyBytes::new(py, der))
    }

    #[getter]
    fn cert_ids(&self) -> Vec<OcspCertId> {
        self.0.cert_ids.iter().cloned().map(OcspCertId).collect()
    }

    #[getter]
    fn nonce<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let nonce = self.0.nonce.as_ref();
        nonce.map(|octets| PyBytes::new(py, octets))
    }

    #[getter]
    fn signature(&self) -> Option<OcspRequestSignature> {
        self.0.signature.clone().map(OcspRequestSignature)
    }
}

/// What is said about one certificate.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspSingleResponse(SingleResponse);

impl OcspSingleResponse {
    fn with(
        cert_id: &OcspCertId,
        status: CertStatus,
        this_update: i64,
        next_update: Option<i64>,
    ) -> Self {
        Self(SingleResponse {
            cert_id: Arc::clone(&cert_id.0),
            status,
            this_update,
            next_update,
        })
    }
}

#[pymethods]
impl OcspSingleResponse {
    #[staticmethod]
    #[pyo3(signature = (cert_id, *, this_update, next_update))]
    fn good(cert_id: &OcspCertId, this_update: i64, next_update: Option<i64>) -> Self {
        Self::with(cert_id, CertStatus::Good, this_update, next_update)
    }

    #[staticmethod]
    #[pyo3(signature = (cert_id, *, at, reason, this_update, next_update))]
    fn revoked(
        cert_id: &OcspCertId,
        at: i64,
        reason: Option<u8>,
        this_update: i64,
        next_update: Option<i64>,
    ) -> Self {
        let status = CertStatus::Revoked { at, reason };
        Self::with(cert_id, status, this_update, next_update)
    }

    #[staticmethod]
    #[pyo3(signature = (cert_id, *, this_update, next_update))]
    fn unknown(cert_id: &OcspCertId, this_update: i64, next_update: Option<i64>) -> Self {
        Self::with(cert_id, CertStatus::Unknown, this_update, next_update)
    }
}

/// What one response says.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspResponseData(ResponseData);

#[pymethods]
impl OcspResponseData {
    #[new]
    #[pyo3(signature = (*, produced_at, responses, nonce))]
    fn new(
        produced_at: i64,
        responses: Vec<Py<OcspSingleResponse>>,
        nonce: Option<Vec<u8>>,
    ) -> Self {
        Self(ResponseData {
            produced_at,
            responses: responses
                .iter()
                .map(|response| response.get().0.clone())
                .collect(),
            nonce,
        })
    }
}

/// Encodes and signs the responses of one responder.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspResponder(Arc<ocsp::ResponderTemplate>);

impl OcspResponder {
    /// For whoever answers with it.
    pub(super) fn shared(&self) -> Arc<ocsp::ResponderTemplate> {
        Arc::clone(&self.0)
    }
}

#[pymethods]
impl OcspResponder {
    #[new]
    fn new(responder_certificate: &[u8]) -> Result<Self> {
        let template = ocsp::ResponderTemplate::new(responder_certificate)?;
        Ok(Self(Arc::new(template)))
    }

    fn encode<'py>(&self, py: Python<'py>, data: &OcspResponseData) -> Result<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.encode(&data.0)?))
    }

    fn assemble<'py>(&self, py: Python<'py>, tbs: &[u8], signature: &[u8]) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.assemble(tbs, signature))
    }

    #[pyo3(signature = (responses, key, threads = None))]
    fn sign_responses<'py>(
        &self,
        py: Python<'py>,
        responses: Vec<Py<OcspResponseData>>,
        key: AnyKey<'_>,
        threads: Option<usize>,
    ) -> Result<Vec<Bound<'py, PyBytes>>> {
        let responses: Vec<&ResponseData> = responses.iter().map(|data| &data.get().0).collect();
        let signer = key.signer();
        // A signature takes a fraction of a millisecond: other requests go on meanwhile.
        let signed = py.detach(|| self.0.sign_responses(&responses, signer, threads))?;
        Ok(signed.iter().map(|der| PyBytes::new(py, der)).collect())
    }
}

/// Reads an `OCSPRequest`.
#[pyfunction]
fn parse_ocsp_request(der: &[u8], max_requests: usize) -> Result<OcspRequest> {
    Ok(OcspRequest(ocsp::parse_request(der, max_requests)?))
}

/// An `OCSPResponse` that carries only its status.
#[pyfunction]
fn ocsp_error_response<'py>(py: Python<'py>, status: u8) -> Result<Bound<'py, PyBytes>> {
    let status = match status {
        1 => ErrorStatus::MalformedRequest,
        2 => ErrorStatus::InternalError,
        3 => ErrorStatus::TryLater,
        5 => ErrorStatus::SigRequired,
        6 => ErrorStatus::Unauthorized,
        _ => return Err(Error::invalid("status", "must be 1, 2, 3, 5 or 6").into()),
    };
    Ok(PyBytes::new(py, &ocsp::error_response(status)))
}

/// Adds the classes and functions to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<OcspCertId>()?;
    module.add_class::<OcspRequestSignature>()?;
    module.add_class::<OcspRequest>()?;
    module.add_class::<OcspSingleResponse>()?;
    module.add_class::<OcspResponseData>()?;
    module.add_class::<OcspResponder>()?;
    module.add_function(wrap_pyfunction!(parse_ocsp_request, module)?)?;
    module.add_function(wrap_pyfunction!(ocsp_error_response, module)?)?;
    Ok(())
}
