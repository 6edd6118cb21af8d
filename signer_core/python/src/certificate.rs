//! The certificate engine, for Python.

use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use formats::certificate::{
    self, AltName, Asked, Facts, Policies, Profile, SignatureAlgorithm, Subject, Subtrees, Values,
};
use formats::der::oid::ObjectIdentifier;
use formats::error::Error;
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::any_key::AnyKey;
use crate::error::{Failure, Result};

/// To-be-signed bytes that passed the check: what can be signed, once.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct CheckedTbs(Mutex<Option<certificate::CheckedTbs>>);

impl CheckedTbs {
    pub(super) fn new(checked: certificate::CheckedTbs) -> Self {
        Self(Mutex::new(Some(checked)))
    }

    /// Takes what can be signed out of it; nothing is left for a second time.
    pub(super) fn take(&self) -> Result<certificate::CheckedTbs> {
        // Nothing panics while it is held, so a poisoned lock guards what it always did.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.take().ok_or_else(spent)
    }

    fn with<R>(&self, read: impl FnOnce(&certificate::CheckedTbs) -> R) -> Result<R> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().map(read).ok_or_else(spent)
    }
}

fn spent() -> Failure {
    Error::key("was given these bytes before: what was checked is signed once").into()
}

#[pymethods]
impl CheckedTbs {
    #[getter]
    fn octets<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyBytes>> {
        self.with(|checked| PyBytes::new(py, checked.octets()))
    }

    #[getter]
    fn signature_algorithm(&self) -> Result<&'static str> {
        self.with(|checked| checked.algorithm().name())
    }

    /// The finished object's DER, signed by a key in this process or on a device.
    fn sign<'py>(&self, py: Python<'py>, key: AnyKey<'_>) -> Result<Bound<'py, PyBytes>> {
        let checked = self.take()?;
        let signer = key.signer();
        // A private operation takes long: other Python threads go on meanwhile.
        let signed = py.detach(|| checked.sign(signer))?;
        Ok(PyBytes::new(py, &signed))
    }

    fn __reduce__(&self) -> PyResult<()> {
        Err(PyTypeError::new_err(
            "CheckedTbs can't be pickled or copied: it is signed once",
        ))
    }
}

/// The finished objects of many, signed together; of all or of none.
#[pyfunction]
#[pyo3(signature = (checked, key, threads = None))]
fn sign_all<'py>(
    py: Python<'py>,
    checked: Vec<Py<CheckedTbs>>,
    key: AnyKey<'_>,
    threads: Option<usize>,
) -> Result<Vec<Bound<'py, PyBytes>>> {
    let checked = checked.iter().map(|one| one.get().take());
    let checked = checked.collect::<Result<Vec<_>>>()?;
    let signer = key.signer();
    let signed = py.detach(|| certificate::CheckedTbs::sign_all(checked, signer, threads))?;
    Ok(signed.iter().map(|one| PyBytes::new(py, one)).collect())
}

/// Builds a certificate and has it checked.
#[pyfunction]
fn build_certificate(profile: &str, asked: &Bound<'_, PyAny>) -> Result<CheckedTbs> {
    let checked = certificate::build(profile_of(profile)?, &read_asked(asked)?)?;
    Ok(CheckedTbs::new(checked))
}

/// Compares to-be-signed bytes of any origin with what was asked.
#[pyfunction]
fn check_certificate(profile: &str, asked: &Bound<'_, PyAny>, tbs: &[u8]) -> Result<CheckedTbs> {
    let checked = certificate::check(profile_of(profile)?, &read_asked(asked)?, tbs)?;
    Ok(CheckedTbs::new(checked))
}

/// Checks stored to-be-signed bytes against what is stored beside them.
#[pyfunction]
fn regain_certificate(profile: &str, facts: &Bound<'_, PyAny>, tbs: &[u8]) -> Result<CheckedTbs> {
    let checked = certificate::regain(profile_of(profile)?, &read_facts(facts)?, tbs)?;
    Ok(CheckedTbs::new(checked))
}

/// Builds a PKCS#10 of one of our own keys and has it checked.
#[pyfunction]
fn build_certification_request(
    subject: &[u8],
    spki_der: &[u8],
    authority: bool,
) -> Result<CheckedTbs> {
    let checked = certificate::build_request(subject, spki_der, authority)?;
    Ok(CheckedTbs::new(checked))
}

fn profile_of(name: &str) -> Result<&'static Profile> {
    certificate::by_name(name)
        .ok_or_else(|| Error::invalid("profile", "is not one of the profiles").into())
}

pub(super) fn algorithm(name: &str) -> Result<SignatureAlgorithm> {
    SignatureAlgorithm::by_name(name).ok_or_else(|| {
        Error::invalid("signature", "must be RSA with SHA-256, SHA-384 or SHA-512").into()
    })
}

fn oid(field: &'static str, dotted: &str) -> Result<ObjectIdentifier> {
    ObjectIdentifier::from_str(dotted)
        .map_err(|_| Error::invalid(field, "must be dotted object identifiers").into())
}

/// Reads attributes by name, from any object that has them.
macro_rules! reader {
    ($object:ident) => {
        macro_rules! read {
            ($name:literal) => {
                $object.getattr(intern!($object.py(), $name))?.extract()?
            };
        }
    };
}

fn read_asked(asked: &Bound<'_, PyAny>) -> Result<Asked> {
    reader!(asked);
    let signature: String = read!("signature");
    Ok(Asked {
        serial: read!("serial"),
        signature: algorithm(&signature)?,
        issuer: read!("issuer_der"),
        issuer_key: read!("issuer_spki_der"),
        not_before: read!("not_before"),
        not_after: read!("not_after"),
        subject: Subject::Name(read!("subject_der")),
        public_key: read!("spki_der"),
        values: read_values(asked)?,
    })
}

fn read_values(asked: &Bound<'_, PyAny>) -> Result<Values> {
    reader!(asked);
    let alternative: Option<Vec<u8>> = read!("alternative_name_der");
    let policies: Vec<String> = read!("policies");
    let cps_url: Option<String> = read!("cps_url");
    let mappings: Vec<(String, String)> = read!("mappings");
    let permitted: Vec<Vec<u8>> = read!("permitted_ders");
    let excluded: Vec<Vec<u8>> = read!("excluded_ders");
    let constrained: bool = read!("name_constraints");
    let identifiers = policies.iter().map(|one| oid("policies", one));
    let pairs = mappings.iter().map(|(mine, theirs)| {
        let field = "policy_mappings";
        Ok((oid(field, mine)?, oid(field, theirs)?))
    });
    Ok(Values {
        subject_alt_name: alternative.map(AltName::Directory),
        issuer_alt_name: None,
        path_length: read!("path_length"),
        policies: if policies.is_empty() && cps_url.is_none() {
            None
        } else {
            Some(Policies {
                identifiers: identifiers.collect::<Result<_>>()?,
                cps_url,
            })
        },
        mappings: pairs.collect::<Result<_>>()?,
        inhibit_mapping: read!("inhibit_mapping"),
        names: constrained.then_some(Subtrees {
            permitted,
            excluded,
        }),
        distribution_point: read!("distribution_point_der"),
        distribution_url: read!("distribution_url"),
        ocsp_url: None,
        authority_key_identifier: read!("authority_key_identifier"),
        subject_key_identifier: read!("subject_key_identifier"),
    })
}

fn read_facts(facts: &Bound<'_, PyAny>) -> Result<Facts> {
    reader!(facts);
    Ok(Facts {
        serial: read!("serial"),
        issuer: read!("issuer_der"),
        issuer_key: read!("issuer_spki_der"),
        issuer_key_identifier: read!("issuer_key_identifier"),
        not_before: read!("not_before"),
        not_after: read!("not_after"),
        key_sha256: read!("key_sha256"),
        distribution_point: read!("distribution_point_der"),
    })
}

/// Adds the class and the functions to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<CheckedTbs>()?;
    module.add_function(wrap_pyfunction!(sign_all, module)?)?;
    module.add_function(wrap_pyfunction!(build_certificate, module)?)?;
    module.add_function(wrap_pyfunction!(check_certificate, module)?)?;
    module.add_function(wrap_pyfunction!(regain_certificate, module)?)?;
    module.add_function(wrap_pyfunction!(build_certification_request, module)?)?;
    Ok(())
}
