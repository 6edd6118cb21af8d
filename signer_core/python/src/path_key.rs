//! Public keys of strangers, for Python.

use std::sync::Arc;

use formats::error::Error;
use path::signature::{
    Algorithm, Hash, KeyKind, MAXIMUM_RSA_BITS, MAXIMUM_RSA_EXPONENT_BITS, Pss, PublicKey,
};
use path::{Certificate, CertificationRequest, SignaturePolicy};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyInt};

use crate::error::Result;

/// A SubjectPublicKeyInfo, read with what it came in or alone.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct PathPublicKey(Of);

enum Of {
    Alone(Box<PublicKey>),
    Certificate(Certificate),
    Request(Arc<CertificationRequest>),
}

impl PathPublicKey {
    pub(super) fn of_certificate(certificate: &Certificate) -> Self {
        Self(Of::Certificate(certificate.clone()))
    }

    pub(super) fn of_request(request: &Arc<CertificationRequest>) -> Self {
        Self(Of::Request(Arc::clone(request)))
    }

    fn key(&self) -> &PublicKey {
        match &self.0 {
            Of::Alone(key) => key,
            Of::Certificate(certificate) => certificate.key(),
            Of::Request(request) => request.key(),
        }
    }
}

#[pymethods]
impl PathPublicKey {
    #[staticmethod]
    fn read(octets: &[u8]) -> Result<Self> {
        let key = PublicKey::read(octets).map_err(|why| Error::malformed(why.field, why.rule))?;
        Ok(Self(Of::Alone(Box::new(key))))
    }

    #[getter]
    fn spki<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.key().spki())
    }

    #[getter]
    fn octets<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.key().octets())
    }

    #[getter]
    fn kind(&self) -> Option<&'static str> {
        Some(match self.key().kind()? {
            KeyKind::Rsa => "rsa",
            KeyKind::RsaPss => "rsa_pss",
            KeyKind::P256 => "p256",
            KeyKind::P384 => "p384",
            KeyKind::P521 => "p521",
        })
    }

    #[getter]
    fn rsa_numbers<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
        let Some([modulus, exponent]) = self.key().rsa_numbers() else {
            return Ok(None);
        };
        Ok(Some((
            integer(py, modulus, false)?,
            integer(py, exponent, false)?,
        )))
    }

    #[getter]
    fn fault(&self) -> Option<&'static str> {
        self.key().judge(&SignaturePolicy::default()).err()
    }

    /// Why the signature is not this key's; nothing when it is. `salt`: octets, of RSASSA-PSS alone.
    #[pyo3(signature = (scheme, hash, message, signature, salt=0))]
    fn signature_fault(
        &self,
        py: Python<'_>,
        scheme: &str,
        hash: &str,
        message: &[u8],
        signature: &[u8],
        salt: u16,
    ) -> Result<Option<&'static str>> {
        let hash = match hash {
            "sha256" => Hash::Sha256,
            "sha384" => Hash::Sha384,
            "sha512" => Hash::Sha512,
            _ => return Err(Error::invalid("hash", "must be sha256, sha384 or sha512").into()),
        };
        let algorithm = match scheme {
            "pkcs1" => Algorithm::Pkcs1(hash),
            "pss" => Algorithm::Pss(Pss { hash, salt }),
            "ecdsa" => Algorithm::Ecdsa(hash),
            _ => return Err(Error::invalid("scheme", "must be pkcs1, pss or ecdsa").into()),
        };
        let policy = SignaturePolicy::default();
        let verified = py.detach(|| {
            self.key()
                .verify_alone(algorithm, message, signature, &policy)
        });
        Ok(verified.err().map(path::Reason::name))
    }
}

/// A big-endian number, of two's complement when it has a sign.
pub(super) fn integer<'py>(
    py: Python<'py>,
    octets: &[u8],
    signed: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let options = PyDict::new(py);
    options.set_item("signed", signed)?;
    let arguments = (PyBytes::new(py, octets), "big");
    py.get_type::<PyInt>()
        .call_method("from_bytes", arguments, Some(&options))
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PathPublicKey>()?;
    let least = SignaturePolicy::default().minimum_rsa_bits;
    module.add("RSA_MINIMUM_BITS", least)?;
    module.add("RSA_MAXIMUM_BITS", MAXIMUM_RSA_BITS)?;
    module.add("RSA_MAXIMUM_EXPONENT_BITS", MAXIMUM_RSA_EXPONENT_BITS)
}
