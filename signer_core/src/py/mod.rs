//! The only place that knows Python. One file per part; no logic here.

mod any_key;
mod cert;
mod cms;
mod crl;
mod error;
mod index;
mod ocsp;
mod pkcs11;
mod rsa;

use pyo3::prelude::*;

/// The compiled module `openjpki.signer_core`.
#[pymodule]
fn signer_core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    error::register(module)?;
    index::register(module)?;
    crl::register(module)?;
    pkcs11::register(module)?;
    cert::register(module)?;
    cms::register(module)?;
    ocsp::register(module)?;
    rsa::register(module)?;
    Ok(())
}
