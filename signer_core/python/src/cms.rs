//! CMS signatures, for Python.

use formats::cms::{self, SignerId};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::{Failure, Result};

/// A signature container that was read whole.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct CmsSignedData(cms::SignedData);

#[pymethods]
impl CmsSignedData {
    #[getter]
    fn content_type(&self) -> String {
        self.0.content_type.to_string()
    }

    #[getter]
    fn content<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let content = self.0.content.as_ref();
        content.map(|octets| PyBytes::new(py, octets))
    }

    #[getter]
    fn certificates<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let certificates = self.0.certificates.iter();
        certificates.map(|der| PyBytes::new(py, der)).collect()
    }

    #[getter]
    fn signers<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let signers = self.0.signers.iter().cloned();
        let told = signers.map(|signer| match signer {
            Ok(info) => Ok(Bound::new(py, CmsSignerInfo(info))?.into_any()),
            Err(error) => {
                let raised = PyErr::from(Failure::from(error));
                Ok(raised.into_value(py).into_bound(py).into_any())
            }
        });
        told.collect()
    }
}

/// One signer's part of a container.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct CmsSignerInfo(cms::SignerInfo);

#[pymethods]
impl CmsSignerInfo {
    #[getter]
    fn issuer<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        match &self.0.sid {
            SignerId::IssuerAndSerial { issuer, .. } => Some(PyBytes::new(py, issuer)),
            SignerId::SubjectKeyIdentifier(_) => None,
        }
    }

    #[getter]
    fn serial<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        match &self.0.sid {
            SignerId::IssuerAndSerial { serial, .. } => Some(PyBytes::new(py, serial)),
            SignerId::SubjectKeyIdentifier(_) => None,
        }
    }

    #[getter]
    fn subject_key_identifier<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        match &self.0.sid {
            SignerId::IssuerAndSerial { .. } => None,
            SignerId::SubjectKeyIdentifier(id) => Some(PyBytes::new(py, id)),
        }
    }

    #[getter]
    fn digest_algorithm(&self) -> String {
        self.0.digest_algorithm.oid.to_string()
    }

    #[getter]
    fn signed_attributes(&self) -> Option<CmsSignedAttributes> {
        self.0.signed_attributes.clone().map(CmsSignedAttributes)
    }

    #[getter]
    fn signature_algorithm(&self) -> String {
        self.0.signature_algorithm.oid.to_string()
    }

    #[getter]
    fn signature_parameters<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let parameters = self.0.signature_algorithm.parameters.as_ref();
        parameters.map(|der| PyBytes::new(py, der))
    }

    #[getter]
    fn signature<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.signature)
    }
}

/// What a signer signed about the content.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct CmsSignedAttributes(cms::SignedAttributes);

#[pymethods]
impl CmsSignedAttributes {
    #[getter]
    fn der<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.der)
    }

    #[getter]
    fn content_type(&self) -> Option<String> {
        self.0.content_type.map(|oid| oid.to_string())
    }

    #[getter]
    fn message_digest<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let digest = self.0.message_digest.as_ref();
        digest.map(|octets| PyBytes::new(py, octets))
    }

    #[getter]
    fn signing_time(&self) -> Option<i64> {
        self.0.signing_time
    }

    #[getter]
    fn signing_certificates(&self) -> Vec<CmsSigningCertificate> {
        let named = self.0.signing_certificates.iter();
        named.cloned().map(CmsSigningCertificate).collect()
    }

    #[getter]
    fn algorithm_protection<'py>(
        &self,
        py: Python<'py>,
    ) -> Option<(Algorithm<'py>, Option<Algorithm<'py>>)> {
        let (digest, signature) = self.0.algorithm_protection.as_ref()?;
        let signature = signature.as_ref().map(|it| algorithm(py, it));
        Some((algorithm(py, digest), signature))
    }
}

/// OID and parameters.
type Algorithm<'py> = (String, Option<Bound<'py, PyBytes>>);

fn algorithm<'py>(py: Python<'py>, it: &cms::Algorithm) -> Algorithm<'py> {
    let parameters = it.parameters.as_ref();
    (
        it.oid.to_string(),
        parameters.map(|der| PyBytes::new(py, der)),
    )
}

/// How a signer names its own certificate.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct CmsSigningCertificate(cms::SigningCertificate);

#[pymethods]
impl CmsSigningCertificate {
    #[getter]
    fn hash_algorithm(&self) -> String {
        self.0.hash_algorithm.to_string()
    }

    #[getter]
    fn hash<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.hash)
    }

    #[getter]
    fn issuer<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let (issuer, _) = self.0.issuer_serial.as_ref()?;
        issuer.as_ref().map(|name| PyBytes::new(py, name))
    }

    #[getter]
    fn serial<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let (_, serial) = self.0.issuer_serial.as_ref()?;
        Some(PyBytes::new(py, serial))
    }
}

/// Reads a BER `ContentInfo` of type signedData.
#[pyfunction]
fn parse_cms_signed_data(py: Python<'_>, ber: &[u8]) -> Result<CmsSignedData> {
    Ok(CmsSignedData(py.detach(|| cms::parse_signed_data(ber))?))
}

/// Whether the octets begin as a BER `ContentInfo` of any kind.
#[pyfunction]
fn begins_as_cms(ber: &[u8]) -> bool {
    cms::begins_as_content_info(ber)
}

/// The attributes a detached signature covers, as SET OF.
#[pyfunction]
#[pyo3(signature = (*, content_sha256, signer_certificate, signing_time))]
fn cms_signed_attributes<'py>(
    py: Python<'py>,
    content_sha256: &[u8],
    signer_certificate: &[u8],
    signing_time: i64,
) -> Result<Bound<'py, PyBytes>> {
    let der = cms::signed_attributes(content_sha256, signer_certificate, signing_time)?;
    Ok(PyBytes::new(py, &der))
}

/// The whole `ContentInfo` of signed attributes and their signature.
#[pyfunction]
#[pyo3(signature = (*, signed_attributes, signer_certificate, signature))]
fn cms_assemble<'py>(
    py: Python<'py>,
    signed_attributes: &[u8],
    signer_certificate: &[u8],
    signature: &[u8],
) -> Result<Bound<'py, PyBytes>> {
    let der = cms::assemble(signed_attributes, signer_certificate, signature)?;
    Ok(PyBytes::new(py, &der))
}

/// Adds the classes and functions to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<CmsSignedData>()?;
    module.add_class::<CmsSignerInfo>()?;
    module.add_class::<CmsSignedAttributes>()?;
    module.add_class::<CmsSigningCertificate>()?;
    module.add_function(wrap_pyfunction!(parse_cms_signed_data, module)?)?;
    module.add_function(wrap_pyfunction!(begins_as_cms, module)?)?;
    module.add_function(wrap_pyfunction!(cms_signed_attributes, module)?)?;
    module.add_function(wrap_pyfunction!(cms_assemble, module)?)?;
    Ok(())
}
