//! `StatusIndex`.
//!
//! Every method leaves the GIL before it waits for a lock: whoever holds the lock may be a batch in
//! another thread, and the interpreter must go on meanwhile. One look-up first tries without
//! waiting: it is over sooner than the GIL could be handed to another thread and back.

use formats::der::{SerialColumn, SerialNumber};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;
use status::{self, Reason, SnapshotColumns, Status};

use crate::error::Result;

/// Status, reason and revocation time, the last two 0 unless revoked.
type Answer = (u8, u8, i64);

/// Which certificates were issued and which were revoked, per authority, in memory.
#[pyclass(frozen, module = "openjpki.signer_core")]
#[derive(Default)]
pub(super) struct StatusIndex {
    inner: status::StatusIndex,
}

#[pymethods]
impl StatusIndex {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    #[pyo3(signature = (authority, serial, not_after = None))]
    fn issue(
        &self,
        py: Python<'_>,
        authority: u32,
        serial: &[u8],
        not_after: Option<i64>,
    ) -> Result<()> {
        let serial = SerialNumber::from_unsigned(serial)?;
        Ok(py.detach(|| self.inner.issue(authority, serial, not_after))?)
    }

    fn revoke(
        &self,
        py: Python<'_>,
        authority: u32,
        serial: &[u8],
        reason: u8,
        at: i64,
    ) -> Result<()> {
        let serial = SerialNumber::from_unsigned(serial)?;
        let reason = Reason::try_from(reason)?;
        Ok(py.detach(|| self.inner.revoke(authority, serial, reason, at))?)
    }

    #[pyo3(signature = (
        authority, serials, serial_lengths, statuses, reasons, revoked_at, not_after = None
    ))]
    #[allow(clippy::too_many_arguments)] // One for each column.
    fn apply(
        &self,
        py: Python<'_>,
        authority: u32,
        serials: PyBackedBytes,
        serial_lengths: PyBackedBytes,
        statuses: PyBackedBytes,
        reasons: PyBackedBytes,
        revoked_at: PyBackedBytes,
        not_after: Option<PyBackedBytes>,
    ) -> Result<()> {
        py.detach(|| {
            let columns = SnapshotColumns {
                serials: SerialColumn::new(&serials, &serial_lengths)?,
                statuses: &statuses,
                reasons: &reasons,
                revoked_at: &revoked_at,
                not_after: not_after.as_deref(),
            };
            self.inner.apply(authority, &columns)
        })?;
        Ok(())
    }

    fn lookup(&self, py: Python<'_>, authority: u32, serial: &[u8]) -> Answer {
        let Ok(serial) = SerialNumber::from_unsigned(serial) else {
            return answer(Status::Unknown);
        };
        let at_once = self.inner.try_lookup(authority, &serial);
        answer(at_once.unwrap_or_else(|| py.detach(|| self.inner.lookup(authority, &serial))))
    }

    fn lookup_batch<'py>(
        &self,
        py: Python<'py>,
        authority: u32,
        serials: Vec<PyBackedBytes>,
    ) -> (Bound<'py, PyBytes>, Bound<'py, PyBytes>, Vec<i64>) {
        let (statuses, reasons, revoked_at) = py.detach(|| {
            let mut statuses = Vec::with_capacity(serials.len());
            let mut reasons = Vec::with_capacity(serials.len());
            let mut revoked_at = Vec::with_capacity(serials.len());
            let numbers: Vec<_> = serials
                .iter()
                .map(|serial| SerialNumber::from_unsigned(serial).ok())
                .collect();
            self.inner.lookup_batch(authority, &numbers, |status| {
                let (status, reason, at) = answer(status);
                statuses.push(status);
                reasons.push(reason);
                revoked_at.push(at);
            });
            (statuses, reasons, revoked_at)
        });
        (
            PyBytes::new(py, &statuses),
            PyBytes::new(py, &reasons),
            revoked_at,
        )
    }

    fn remove(&self, py: Python<'_>, authority: u32, serial: &[u8]) -> Result<bool> {
        let serial = SerialNumber::from_unsigned(serial)?;
        Ok(py.detach(|| self.inner.remove(authority, &serial)))
    }

    fn expire(&self, py: Python<'_>, authority: u32, before: i64) -> usize {
        py.detach(|| self.inner.expire(authority, before))
    }

    fn count(&self, py: Python<'_>, authority: u32) -> usize {
        py.detach(|| self.inner.len(Some(authority)))
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        py.detach(|| self.inner.len(None))
    }
}

fn answer(status: Status) -> Answer {
    match status {
        Status::Unknown | Status::Good => (status.code(), 0, 0),
        Status::Revoked { reason, at } => (status.code(), reason.code(), at),
    }
}

/// Adds the class and the status numbers to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<StatusIndex>()?;
    module.add("STATUS_UNKNOWN", Status::UNKNOWN)?;
    module.add("STATUS_GOOD", Status::GOOD)?;
    module.add("STATUS_REVOKED", Status::REVOKED)
}
