//! Small questions about strangers' octets that the path engine's readers answer, for Python.

use path::names::Name;
use path::signature::{Hash, pss_hash_and_salt};
use pyo3::prelude::*;

/// Whether two DER `Name`s match by RFC 5280 7.1. What is no name matches nothing.
#[pyfunction]
fn same_name(one: &[u8], other: &[u8]) -> bool {
    match (Name::read(one), Name::read(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// Hash and salt's octets of RSASSA-PSS-params.
#[pyfunction]
fn rsa_pss_parameters(der: &[u8]) -> Option<(&'static str, u16)> {
    let (hash, salt) = pss_hash_and_salt(der)?;
    let name = match hash {
        Hash::Sha1 => return None,
        Hash::Sha256 => "sha256",
        Hash::Sha384 => "sha384",
        Hash::Sha512 => "sha512",
    };
    Some((name, salt))
}

/// Adds the functions to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(same_name, module)?)?;
    module.add_function(wrap_pyfunction!(rsa_pss_parameters, module)?)?;
    Ok(())
}
