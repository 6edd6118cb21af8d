//! The compiled module `openjpki.signer_core`: the only crate that knows Python.
//!
//! One file for each room of the crates underneath, with its classes and functions for Python. No
//! logic here: what is decided is decided underneath, and refusals become exceptions in `error`.
#![forbid(unsafe_code)]

mod any_key;
mod certificate;
mod cms;
mod crl;
mod error;
mod foreign;
mod long_number;
mod ocsp;
mod ocsp_grpc;
mod ocsp_plane;
mod ocsp_quotas;
mod ocsp_server;
mod ocsp_usage;
mod path;
mod path_key;
mod path_pem;
mod path_question;
mod path_request;
mod path_survey;
mod pkcs11;
mod software;
mod statement_key;
mod status;
mod user_certificate;

use pyo3::prelude::*;

/// The compiled module `openjpki.signer_core`.
#[pymodule]
fn signer_core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::register(module)?;
    status::register(module)?;
    crl::register(module)?;
    pkcs11::register(module)?;
    user_certificate::register(module)?;
    certificate::register(module)?;
    cms::register(module)?;
    foreign::register(module)?;
    long_number::register(module)?;
    ocsp::register(module)?;
    ocsp_grpc::register(module)?;
    ocsp_plane::register(module)?;
    ocsp_server::register(module)?;
    ocsp_quotas::register(module)?;
    ocsp_usage::register(module)?;
    path::register(module)?;
    path_key::register(module)?;
    path_pem::register(module)?;
    path_question::register(module)?;
    path_request::register(module)?;
    path_survey::register(module)?;
    software::register(module)?;
    statement_key::register(module)?;
    Ok(())
}
