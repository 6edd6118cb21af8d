//! User certificates, for Python.

use formats::certificate::user::{self, RequestFields, TemplateInputs};
use pyo3::intern;
use pyo3::prelude::*;

use super::certificate::{CheckedTbs, algorithm};
use crate::error::Result;

/// What all user certificates of one authority share, encoded once.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct UserCertificateTemplate(user::UserCertificateTemplate);

/// The checked fields of one user certificate.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct UserCertificateRequest(user::UserCertificateRequest);

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
        Ok(Self(user::UserCertificateRequest::new(fields)?))
    }
}

#[pymethods]
impl UserCertificateTemplate {
    #[new]
    #[pyo3(signature = (*, issuer, issuer_spki_der, policy, cps_url, issuer_alt_name, ocsp_url,
        authority_key_identifier, signature))]
    #[expect(
        clippy::too_many_arguments,
        reason = "keyword arguments of a Python constructor"
    )]
    fn new(
        issuer: Vec<u8>,
        issuer_spki_der: Vec<u8>,
        policy: String,
        cps_url: String,
        issuer_alt_name: Vec<u8>,
        ocsp_url: Option<String>,
        authority_key_identifier: Vec<u8>,
        signature: &str,
    ) -> Result<Self> {
        Ok(Self(user::UserCertificateTemplate::new(TemplateInputs {
            issuer,
            issuer_key: issuer_spki_der,
            signature: algorithm(signature)?,
            policy,
            cps_url,
            issuer_alt_name,
            ocsp_url,
            authority_key_identifier,
        })?))
    }

    /// What can be signed, for each request; if one is refused, none is returned.
    fn build(
        &self,
        py: Python<'_>,
        requests: Vec<Py<UserCertificateRequest>>,
    ) -> Result<Vec<CheckedTbs>> {
        let requests: Vec<_> = requests.iter().map(|request| &request.get().0).collect();
        // Pure Rust on data nobody can change: other Python threads go on meanwhile.
        let built = py.detach(|| user::build_batch(&self.0, &requests))?;
        Ok(built.into_iter().map(CheckedTbs::new).collect())
    }

    /// Compares to-be-signed bytes of any origin with a request.
    fn check(&self, request: &UserCertificateRequest, tbs: &[u8]) -> Result<CheckedTbs> {
        Ok(CheckedTbs::new(self.0.check(&request.0, tbs)?))
    }
}

/// Adds the classes to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<UserCertificateTemplate>()?;
    module.add_class::<UserCertificateRequest>()?;
    Ok(())
}
