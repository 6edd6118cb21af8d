//! A revocation list read whole and not kept, for Python.

use formats::error::Error;
use path::crl::{Header, Number, Scope, Survey, UNPROCESSED};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use super::path::{PathCertificate, PathRevocationList, signature_fault};
use super::path_key::integer;
use crate::error::Result;

/// What a list says of itself, and whether an issuer signed it.
#[pyclass(frozen, get_all, module = "openjpki.signer_core")]
pub(super) struct PathListSurvey {
    issuer: Py<PyBytes>,
    issuer_der: Py<PyBytes>,
    key_identifier: Option<Py<PyBytes>>,
    number: Option<Py<PyAny>>,
    is_number_critical: bool,
    this_update: i64,
    next_update: Option<i64>,
    base_number: Option<Py<PyAny>>,
    is_base_critical: bool,
    is_indirect: bool,
    has_some_reasons: bool,
    point: Option<Py<PyBytes>>,
    is_point_critical: bool,
    freshest: Option<Py<PyBytes>>,
    entries: usize,
    signature_fault: Option<&'static str>,
}

/// Reads one DER list, every entry included, and keeps none of it.
#[pyfunction]
fn survey_revocation_list(
    py: Python<'_>,
    octets: &[u8],
    issuer: &PathCertificate,
) -> Result<PathListSurvey> {
    let (read, fault) = py
        .detach(|| {
            let read = Survey::read(octets)?;
            let fault = signature_fault(&read.signed(), &issuer.0);
            Ok::<_, path::Unreadable>((read, fault))
        })
        .map_err(|why| Error::malformed(why.field, why.rule))?;
    survey(py, read.header(), read.entries(), fault)
}

/// The same of a list that was read to be kept.
#[pyfunction]
fn survey_of_read_list(
    py: Python<'_>,
    list: &PathRevocationList,
    issuer: &PathCertificate,
) -> Result<PathListSurvey> {
    let fault = list.signature_fault(py, issuer);
    survey(py, list.0.header(), list.0.len(), fault)
}

fn survey(
    py: Python<'_>,
    header: &Header,
    entries: usize,
    signature_fault: Option<&'static str>,
) -> Result<PathListSurvey> {
    Ok(PathListSurvey {
        issuer: bytes(py, header.issuer().prepared()),
        issuer_der: bytes(py, header.issuer().der()),
        key_identifier: header.authority_key().map(|id| bytes(py, id)),
        number: number(py, header.number())?,
        is_number_critical: header.is_number_critical(),
        this_update: header.this_update(),
        next_update: header.next_update(),
        base_number: number(py, header.base_number())?,
        is_base_critical: header.is_base_critical(),
        is_indirect: header.scope().indirect,
        has_some_reasons: header.scope().reasons.is_some(),
        point: header.point_octets().map(|point| bytes(py, point)),
        is_point_critical: header.is_point_critical(),
        freshest: header.freshest_octets().map(|octets| bytes(py, octets)),
        entries,
        signature_fault,
    })
}

fn bytes(py: Python<'_>, octets: &[u8]) -> Py<PyBytes> {
    PyBytes::new(py, octets).unbind()
}

fn number(py: Python<'_>, number: Option<Number<'_>>) -> PyResult<Option<Py<PyAny>>> {
    number
        .map(|number| Ok(integer(py, number.octets(), false)?.unbind()))
        .transpose()
}

/// Whether two values of issuingDistributionPoint cover the same certificates. What is none covers
/// nothing.
#[pyfunction]
fn same_list_scope(one: &[u8], other: &[u8]) -> bool {
    match (Scope::read(one), Scope::read(other)) {
        (Ok(one), Ok(other)) => one.covers_the_same(&other),
        _ => false,
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<PathListSurvey>()?;
    module.add_function(wrap_pyfunction!(survey_revocation_list, module)?)?;
    module.add_function(wrap_pyfunction!(survey_of_read_list, module)?)?;
    module.add_function(wrap_pyfunction!(same_list_scope, module)?)?;
    module.add("PATH_LIST_UNPROCESSED", PyTuple::new(py, UNPROCESSED)?)
}
