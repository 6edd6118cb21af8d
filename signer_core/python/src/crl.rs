//! `encode_crl`.
//!
//! A nationwide list is tens of megabytes: encoding runs without the GIL, straight into the Python
//! object that is returned, so the list is in memory once.

use formats::certificate::SignatureAlgorithm;
use formats::crl::{self, CrlFields, RevocationColumns, TbsCertList};
use formats::der::SerialColumn;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use super::any_key::AnyKey;
use super::certificate::algorithm;
use crate::error::{Result, raised};

/// What the encoder takes, still in Python's memory.
struct Input {
    signature: SignatureAlgorithm,
    issuer: PyBackedBytes,
    this_update: i64,
    next_update: i64,
    serials: PyBackedBytes,
    serial_lengths: PyBackedBytes,
    revocation_dates: PyBackedBytes,
    reasons: PyBackedBytes,
    crl_number: u64,
    authority_key_id: PyBackedBytes,
    issuing_distribution_point: Option<PyBackedBytes>,
    base_crl_number: Option<u64>,
    freshest: Option<PyBackedBytes>,
}

impl Input {
    fn list(&self) -> formats::error::Result<TbsCertList<'_>> {
        let serials = SerialColumn::new(&self.serials, &self.serial_lengths)?;
        let columns = RevocationColumns::new(serials, &self.revocation_dates, &self.reasons)?;
        let fields = CrlFields {
            hash: self.signature.hash(),
            issuer: &self.issuer,
            this_update: self.this_update,
            next_update: self.next_update,
            crl_number: self.crl_number,
            authority_key_id: &self.authority_key_id,
            issuing_distribution_point: self.issuing_distribution_point.as_deref(),
            base_crl_number: self.base_crl_number,
            freshest: self.freshest.as_deref(),
        };
        TbsCertList::new(&fields, columns)
    }
}

/// Encodes and signs a revocation list.
#[pyfunction]
#[pyo3(signature = (
    *, issuer_der, this_update, next_update, serials, serial_lengths, revocation_dates, reasons,
    crl_number, authority_key_id, issuing_distribution_point_der, key,
    signature = "sha256WithRSAEncryption", base_crl_number = None, freshest_der = None
))]
#[allow(clippy::too_many_arguments)] // Keyword-only in Python, where each is a column or a field.
fn encode_crl<'py>(
    py: Python<'py>,
    issuer_der: PyBackedBytes,
    this_update: i64,
    next_update: i64,
    serials: PyBackedBytes,
    serial_lengths: PyBackedBytes,
    revocation_dates: PyBackedBytes,
    reasons: PyBackedBytes,
    crl_number: u64,
    authority_key_id: PyBackedBytes,
    issuing_distribution_point_der: Option<PyBackedBytes>,
    key: AnyKey<'_>,
    signature: &str,
    base_crl_number: Option<u64>,
    freshest_der: Option<PyBackedBytes>,
) -> Result<Bound<'py, PyBytes>> {
    let input = Input {
        signature: algorithm(signature)?,
        issuer: issuer_der,
        this_update,
        next_update,
        serials,
        serial_lengths,
        revocation_dates,
        reasons,
        crl_number,
        authority_key_id,
        issuing_distribution_point: issuing_distribution_point_der,
        base_crl_number,
        freshest: freshest_der,
    };
    let list = py.detach(|| input.list())?;
    let signer = key.signer();
    let signature_len = signer.public_key().signature_len();
    let len = crl::signed_len(list.encoded_len(), signature_len);
    Ok(PyBytes::new_with(py, len, |out| {
        raised(py.detach(|| crl::encode_crl_into(&list, signer, out)))
    })?)
}

/// Adds the function to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(encode_crl, module)?)?;
    Ok(())
}
