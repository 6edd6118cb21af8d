//! User certificates, for Python.

use crate::error::Result;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::any_key::AnyKey;
use formats::cert::{self, RequestFields, TemplateInputs};

/// What all user certificates of one authority share, encoded once.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct UserCertificateTemplate(cert::UserCertificateTemplate);

/// The checked fields of one user certificate.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct UserCertificateRequest(cert::UserCertificateRequest);

#[pymethods]
impl UserCertificateRequest {
    /// Reads the fields by name from any object that has them: half the price of as many keyword
    /// arguments, which cost more here than everything that is done with them.
    #[new]
    fn new(serial: Vec<u8>, fields: &Bound<'_, PyAny>) -> Result<Self> {
        macro_rules! read {
            ($name:literal) => {
                fields.getattr(intern!(fields.py(), $name))?.extract()?
            };
        }
        let fields = RequestFields {
            serial,
            not_before: read!("not_before"),
            not_after: read!("not_after"),
            prefecture: read!("prefecture"),
            municipality: read!("municipality"),
            common_name: read!("common_name"),
            public_key: read!("spki_der"),
            name: read!("name"),
            birth_date: read!("birth_date"),
            sex: read!("sex"),
            address: read!("address"),
            name_substitutions: read!("name_substitutions"),
            address_substitutions: read!("address_substitutions"),
            partition: read!("partition_der"),
            partition_url: read!("partition_url"),
        };
        Ok(Self(cert::UserCertificateRequest::new(fields)?))
    }
}

#[pymethods]
impl UserCertificateTemplate {
    #[new]
    #[pyo3(signature = (*, issuer, policy, cps_url, issuer_alt_name, ocsp_url,
        authority_key_identifier))]
    fn new(
        issuer: Vec<u8>,
        policy: String,
        cps_url: String,
        issuer_alt_name: Vec<u8>,
        ocsp_url: Option<String>,
        authority_key_identifier: Vec<u8>,
    ) -> Result<Self> {
        Ok(Self(cert::UserCertificateTemplate::new(TemplateInputs {
            issuer,
            policy,
            cps_url,
            issuer_alt_name,
            ocsp_url,
            authority_key_identifier,
        })?))
    }

    /// To-be-signed bytes of each request, checked; if one is refused, none is returned.
    fn encode_checked<'py>(
        &self,
        py: Python<'py>,
        requests: Vec<Py<UserCertificateRequest>>,
    ) -> Result<Vec<Bound<'py, PyBytes>>> {
        let requests = borrowed(&requests);
        // Pure Rust on data nobody can change: other Python threads go on meanwhile.
        let encoded = py.detach(|| cert::encode_batch(&self.0, &requests))?;
        Ok(to_bytes(py, &encoded))
    }

    /// Compares to-be-signed bytes with a request.
    fn check(&self, request: &UserCertificateRequest, tbs: &[u8]) -> Result<()> {
        Ok(self.0.check(&request.0, tbs)?)
    }
}

/// Certificate DER of each request, signed by a key in this process.
#[pyfunction]
#[pyo3(signature = (template, requests, key, threads = None))]
fn issue_batch<'py>(
    py: Python<'py>,
    template: &UserCertificateTemplate,
    requests: Vec<Py<UserCertificateRequest>>,
    key: AnyKey<'_>,
    threads: Option<usize>,
) -> Result<Vec<Bound<'py, PyBytes>>> {
    let requests = borrowed(&requests);
    let signer = key.signer();
    // Signing takes far longer than anything else here: other Python threads go on meanwhile.
    let issued = py.detach(|| cert::issue_batch(&template.0, &requests, signer, threads))?;
    Ok(to_bytes(py, &issued))
}

/// Certificate DER of to-be-signed bytes and their signature.
#[pyfunction]
fn assemble_certificate<'py>(
    py: Python<'py>,
    tbs: &[u8],
    signature: &[u8],
) -> Result<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(py, &cert::assemble(tbs, signature)?))
}

fn borrowed(requests: &[Py<UserCertificateRequest>]) -> Vec<&cert::UserCertificateRequest> {
    requests.iter().map(|request| &request.get().0).collect()
}

fn to_bytes<'py>(py: Python<'py>, items: &[Vec<u8>]) -> Vec<Bound<'py, PyBytes>> {
    items.iter().map(|item| PyBytes::new(py, item)).collect()
}

/// Adds the classes and functions to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<UserCertificateTemplate>()?;
    module.add_class::<UserCertificateRequest>()?;
    module.add_function(wrap_pyfunction!(issue_batch, module)?)?;
    module.add_function(wrap_pyfunction!(assemble_certificate, module)?)?;
    Ok(())
}
