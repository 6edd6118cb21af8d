//! The one conversion from the core's errors to Python exceptions.

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;

use formats::error::Error;

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
        let error = match failure {
            Failure::Python(error) => return error,
            Failure::Core(error) => error,
        };
        let text = error.to_string();
        match error {
            Error::Malformed { .. } => MalformedError::new_err(text),
            Error::InvalidArgument(_) => PyValueError::new_err(text),
            Error::Key(_) => SignerError::new_err(text),
            Error::SignatureCheckFailed => SignatureCheckError::new_err(text),
            Error::ProfileMismatch(_) => ProfileMismatchError::new_err(text),
            Error::DeviceUnavailable(_) => DeviceUnavailableError::new_err(text),
            Error::KeyNotFound(_) => KeyNotFoundError::new_err(text),
            Error::CredentialRefused(_) => CredentialRefusedError::new_err(text),
        }
    }
}

/// Adds the exception types to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("SignerError", py.get_type::<SignerError>())?;
    module.add("MalformedError", py.get_type::<MalformedError>())?;
    module.add(
        "ProfileMismatchError",
        py.get_type::<ProfileMismatchError>(),
    )?;
    module.add("SignatureCheckError", py.get_type::<SignatureCheckError>())?;
    module.add(
        "DeviceUnavailableError",
        py.get_type::<DeviceUnavailableError>(),
    )?;
    module.add("KeyNotFoundError", py.get_type::<KeyNotFoundError>())?;
    module.add(
        "CredentialRefusedError",
        py.get_type::<CredentialRefusedError>(),
    )?;
    Ok(())
}
