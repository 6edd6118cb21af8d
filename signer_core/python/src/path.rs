//! Strangers' certificates, lists and pools of them, for Python.

use std::sync::Arc;

use formats::error::Error;
use path::crl::{MAX_OCTETS, RevocationList};
use path::{Certificate, Limits, Material, Pool, SignaturePolicy, Signatures, Unreadable};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt};

use super::path_key::{PathPublicKey, integer};
use crate::error::Result;

fn refused(why: Unreadable) -> Error {
    Error::malformed(why.field, why.rule)
}

fn bytes<'py>(py: Python<'py>, octets: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, octets)
}

/// A certificate, read; nothing in it is believed yet.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct PathCertificate(pub(super) Certificate);

#[pymethods]
impl PathCertificate {
    #[staticmethod]
    fn read(octets: &[u8]) -> Result<Self> {
        Ok(Self(Certificate::read(octets).map_err(refused)?))
    }

    #[getter]
    fn size(&self) -> usize {
        self.0.octets().len()
    }

    #[getter]
    fn octets<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.octets())
    }

    #[getter]
    fn sha256<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.sha256())
    }

    #[getter]
    fn subject<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.subject().prepared())
    }

    #[getter]
    fn subject_der<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.subject().der())
    }

    #[getter]
    fn issuer<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.issuer().prepared())
    }

    #[getter]
    fn subject_text(&self) -> String {
        self.0.subject().to_string()
    }

    #[getter]
    fn public_key<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.key().spki())
    }

    #[getter]
    fn key_identifier<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.subject_key_identifier().map(|id| bytes(py, id))
    }

    #[getter]
    fn key(&self) -> PathPublicKey {
        PathPublicKey::of_certificate(&self.0)
    }

    #[getter]
    fn serial<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        integer(py, self.0.serial(), true)
    }

    #[getter]
    fn issuer_der<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.issuer().der())
    }

    /// The first rule of RFC 5280 section 4 that it breaks.
    #[getter]
    fn fault(&self) -> Option<&'static str> {
        self.0.fault().map(|fault| fault.rule)
    }

    #[getter]
    fn policies(&self) -> Option<Vec<String>> {
        let named = self.0.policies()?.iter();
        Some(named.map(ToString::to_string).collect())
    }

    #[getter]
    fn policy_mappings(&self) -> Vec<(String, String)> {
        let pairs = self.0.mappings().iter();
        pairs
            .map(|(issuers, subjects)| (issuers.to_string(), subjects.to_string()))
            .collect()
    }

    /// Directory names of the distribution points whose lists are the issuer's, of every reason.
    #[getter]
    fn point_names<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyBytes>> {
        let names = self.0.point_names();
        names.iter().map(|name| bytes(py, name.der())).collect()
    }

    #[getter]
    fn extended_key_usage(&self) -> Option<Vec<String>> {
        let purposes = self.0.extended_key_usage()?.iter();
        Some(purposes.map(ToString::to_string).collect())
    }

    /// Why the key is not one that is used here; nothing when it is.
    #[getter]
    fn key_fault(&self) -> Option<&'static str> {
        self.0.key().judge(&SignaturePolicy::default()).err()
    }

    #[getter]
    fn not_before(&self) -> i64 {
        self.0.not_before()
    }

    #[getter]
    fn not_after(&self) -> i64 {
        self.0.not_after()
    }

    #[getter]
    fn is_authority(&self) -> bool {
        self.0.is_authority()
    }

    #[getter]
    fn has_key_usage(&self) -> bool {
        self.0.has_key_usage()
    }

    fn key_usage_allows(&self, bit: usize) -> bool {
        self.0.key_usage_allows(bit)
    }

    /// Why the signature is not this issuer's; nothing when it is.
    fn signature_fault(&self, py: Python<'_>, issuer: &Self) -> Option<&'static str> {
        py.detach(|| signature_fault(&self.0.signed(), &issuer.0))
    }
}

/// A revocation list, read; nothing in it is believed yet.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct PathRevocationList(pub(super) RevocationList);

#[pymethods]
impl PathRevocationList {
    #[staticmethod]
    #[pyo3(signature = (octets, most=MAX_OCTETS))]
    fn read(py: Python<'_>, octets: &[u8], most: usize) -> Result<Self> {
        Ok(Self(
            py.detach(|| RevocationList::read_at_most(octets, most))
                .map_err(refused)?,
        ))
    }

    #[staticmethod]
    #[pyo3(signature = (octets, most=MAX_OCTETS))]
    fn read_whatever_is_critical(py: Python<'_>, octets: &[u8], most: usize) -> Result<Self> {
        Ok(Self(
            py.detach(|| RevocationList::read_whatever_is_critical(octets, most))
                .map_err(refused)?,
        ))
    }

    #[getter]
    fn is_processed(&self) -> bool {
        self.0.is_processed()
    }

    #[getter]
    fn issuer_der<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.issuer().der())
    }

    #[getter]
    fn memory(&self) -> usize {
        self.0.memory()
    }

    #[getter]
    fn size(&self) -> usize {
        self.0.octets().len()
    }

    #[getter]
    fn octets<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.octets())
    }

    #[getter]
    fn sha256<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.sha256())
    }

    #[getter]
    fn issuer<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.issuer().prepared())
    }

    #[getter]
    fn issuer_text(&self) -> String {
        self.0.issuer().to_string()
    }

    #[getter]
    fn key_identifier<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.authority_key().map(|id| bytes(py, id))
    }

    #[getter]
    fn this_update(&self) -> i64 {
        self.0.this_update()
    }

    #[getter]
    fn next_update(&self) -> Option<i64> {
        self.0.next_update()
    }

    #[getter]
    fn number<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(number) = self.0.number() else {
            return Ok(None);
        };
        let int = py.get_type::<PyInt>();
        let arguments = (bytes(py, number.octets()), "big");
        Ok(Some(int.call_method1("from_bytes", arguments)?))
    }

    #[getter]
    fn is_delta(&self) -> bool {
        self.0.base_number().is_some()
    }

    #[getter]
    fn is_indirect(&self) -> bool {
        self.0.scope().indirect
    }

    #[getter]
    fn row<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        bytes(py, self.0.point_octets().unwrap_or_default())
    }

    #[getter]
    fn entries(&self) -> usize {
        self.0.len()
    }

    /// What the list says of its issuer's certificate with this serial number, content octets of its
    /// INTEGER: since when it is revoked, and the reason's number.
    fn entry_of(&self, serial: &[u8]) -> Option<(i64, Option<u8>)> {
        let entry = self.0.entries_of(serial).next()?;
        Some((entry.revoked_at, entry.reason))
    }

    /// The entries at these places of the order of serial numbers: serial number, since when, and
    /// the reason's number.
    #[allow(clippy::type_complexity)]
    fn listed<'py>(
        &self,
        py: Python<'py>,
        begin: usize,
        end: usize,
    ) -> PyResult<Vec<(Bound<'py, PyAny>, i64, Option<u8>)>> {
        self.0
            .listed(begin..end.min(self.0.len()).max(begin))
            .map(|one| {
                let serial = integer(py, one.serial, true)?;
                Ok((serial, one.entry.revoked_at, one.entry.reason))
            })
            .collect()
    }

    /// Why the signature is not this issuer's; nothing when it is. Found out once.
    pub(super) fn signature_fault(
        &self,
        py: Python<'_>,
        issuer: &PathCertificate,
    ) -> Option<&'static str> {
        let mut signatures = one_signature();
        py.detach(|| self.0.verify(issuer.0.key(), &mut signatures))
            .err()
            .map(path::Reason::name)
    }
}

pub(super) fn signature_fault(
    signed: &path::signature::Signed<'_>,
    issuer: &Certificate,
) -> Option<&'static str> {
    one_signature()
        .verify(issuer.key(), signed)
        .err()
        .map(path::Reason::name)
}

/// Of whatever key it is.
fn one_signature() -> Signatures {
    Signatures::new(SignaturePolicy::default(), Limits::default().signatures)
}

/// What some octets hold: certificates, lists, OCSP responses.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct PathMaterial(pub(super) Arc<Material>);

#[pymethods]
impl PathMaterial {
    #[staticmethod]
    fn read(py: Python<'_>, octets: &[u8]) -> Self {
        Self(Arc::new(py.detach(|| Material::read(octets))))
    }

    /// Nothing is read again.
    #[staticmethod]
    fn of(certificates: Vec<Py<PathCertificate>>, lists: Vec<Py<PathRevocationList>>) -> Self {
        let certificates = certificates.iter().map(|one| one.get().0.clone()).collect();
        let lists = lists.iter().map(|one| one.get().0.clone()).collect();
        Self(Arc::new(Material::of(certificates, lists)))
    }

    #[getter]
    fn certificates(&self) -> Vec<PathCertificate> {
        let found = self.0.certificates().iter();
        found.cloned().map(PathCertificate).collect()
    }

    #[getter]
    fn lists(&self) -> Vec<PathRevocationList> {
        let found = self.0.lists().iter();
        found.cloned().map(PathRevocationList).collect()
    }

    #[getter]
    fn left_out(&self) -> Vec<(usize, &'static str, &'static str)> {
        let left_out = self.0.left_out().iter();
        left_out
            .map(|one| (one.place, one.why.field, one.why.rule))
            .collect()
    }
}

/// What paths are built from and judged with. Never changes: threads share it.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct PathPool(pub(super) Arc<Pool>);

#[pymethods]
impl PathPool {
    #[new]
    fn new(py: Python<'_>, materials: Vec<Py<PathMaterial>>) -> Self {
        let shared: Vec<_> = materials
            .iter()
            .map(|one| Arc::clone(&one.get().0))
            .collect();
        Self(Arc::new(py.detach(|| Pool::new(&shared))))
    }

    #[getter]
    fn left_out(&self) -> usize {
        self.0.left_out().len()
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PathCertificate>()?;
    module.add_class::<PathRevocationList>()?;
    module.add_class::<PathMaterial>()?;
    module.add_class::<PathPool>()
}
