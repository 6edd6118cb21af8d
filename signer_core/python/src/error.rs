//! The one conversion from the crates' refusals to Python exceptions.
//!
//! An exception's class says what to do about it; its attributes `kind`, `field`, `place` and `rule`
//! are the refusal's own. Its text is for people: nobody takes it apart.

use formats::error::{Error, Kind, Place};
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

create_exception!(
    signer_core,
    SignerError,
    PyException,
    "The signing core refused."
);
create_exception!(
    signer_core,
    MalformedError,
    PyValueError,
    "Foreign bytes that do not parse."
);
create_exception!(
    signer_core,
    InvalidArgumentError,
    PyValueError,
    "An argument is outside what the operation takes."
);
create_exception!(
    signer_core,
    ProfileMismatchError,
    SignerError,
    "What was built does not say what was asked for."
);
create_exception!(
    signer_core,
    SignatureCheckError,
    SignerError,
    "A signature failed its check and was not released."
);
create_exception!(
    signer_core,
    DeviceUnavailableError,
    SignerError,
    "The key device is gone or refused; trying again may help."
);
create_exception!(
    signer_core,
    KeyNotFoundError,
    SignerError,
    "No key of that name is where it was looked for."
);
create_exception!(
    signer_core,
    CredentialRefusedError,
    SignerError,
    "A PIN or passphrase was refused."
);

/// What a function of this layer fails with: a refusal of the crates below, or Python's own.
pub(crate) enum Failure {
    Core(Error),
    Python(PyErr),
}

/// Results of this layer.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<PyErr> for Failure {
    fn from(error: PyErr) -> Self {
        Self::Python(error)
    }
}

/// For closures that Python's own functions call.
pub(crate) fn raised<T>(outcome: formats::error::Result<T>) -> PyResult<T> {
    Ok(outcome.map_err(Failure::Core)?)
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Core(error) => {
                Python::attach(|py| exception(py, &error).unwrap_or_else(|own| own))
            }
            Failure::Python(error) => error,
        }
    }
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let text = error.to_string();
    let raised = match error.kind() {
        Kind::Malformed | Kind::TrailingBytes => MalformedError::new_err(text),
        Kind::InvalidArgument => InvalidArgumentError::new_err(text),
        Kind::ProfileMismatch => ProfileMismatchError::new_err(text),
        Kind::SignatureCheckFailed => SignatureCheckError::new_err(text),
        Kind::Key | Kind::System => SignerError::new_err(text),
        Kind::DeviceUnavailable => DeviceUnavailableError::new_err(text),
        Kind::KeyNotFound => KeyNotFoundError::new_err(text),
        Kind::CredentialRefused => CredentialRefusedError::new_err(text),
    };
    let attributes = raised.value(py);
    attributes.setattr(intern!(py, "kind"), error.kind().name())?;
    attributes.setattr(intern!(py, "field"), error.field())?;
    attributes.setattr(intern!(py, "place"), error.place().map(Place::number))?;
    attributes.setattr(intern!(py, "rule"), error.rule())?;
    Ok(raised)
}

/// Adds the exception types to the module, and the names of all kinds.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    for (class, kind) in [
        (py.get_type::<SignerError>(), Kind::Key),
        (py.get_type::<MalformedError>(), Kind::Malformed),
        (py.get_type::<InvalidArgumentError>(), Kind::InvalidArgument),
        (py.get_type::<ProfileMismatchError>(), Kind::ProfileMismatch),
        (
            py.get_type::<SignatureCheckError>(),
            Kind::SignatureCheckFailed,
        ),
        (
            py.get_type::<DeviceUnavailableError>(),
            Kind::DeviceUnavailable,
        ),
        (py.get_type::<KeyNotFoundError>(), Kind::KeyNotFound),
        (
            py.get_type::<CredentialRefusedError>(),
            Kind::CredentialRefused,
        ),
    ] {
        // For an exception that somebody else makes of the class: a test's, for one.
        class.setattr("kind", kind.name())?;
        class.setattr("field", py.None())?;
        class.setattr("place", py.None())?;
        class.setattr("rule", "")?;
        module.add(class.name()?, class)?;
    }
    module.add("ERROR_KINDS", PyTuple::new(py, Kind::ALL.map(Kind::name))?)
}
