//! `StatusIndex`.
//!
//! Every method leaves the GIL before it waits for a lock: whoever holds the lock may be a batch in
//! another thread, and the interpreter must go on meanwhile. One look-up first tries without
//! waiting: it is over sooner than the GIL could be handed to another thread and back.

use std::path::PathBuf;
use std::sync::Arc;

use formats::der::{SerialColumn, SerialNumber};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyList};
use status::{self, Columns, FileError, Generation, Packed, Status};

use crate::error::{InvalidArgumentError, Result};

/// Status, reason and revocation time, the last two 0 unless revoked.
type Answer = (u8, u8, i64);

/// Which certificates an authority issued and which it revoked, in memory.
#[pyclass(frozen, module = "openjpki.signer_core")]
#[derive(Default)]
pub(super) struct StatusIndex {
    inner: Arc<status::StatusIndex>,
}

impl StatusIndex {
    /// For whoever answers from it.
    pub(super) fn shared(&self) -> Arc<status::StatusIndex> {
        Arc::clone(&self.inner)
    }
}

#[pymethods]
impl StatusIndex {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    #[allow(clippy::too_many_arguments)] // One for each column.
    #[pyo3(signature = (
        serials, serial_lengths, generations, not_after, statuses, reasons, revoked_at, *,
        filling = false
    ))]
    fn apply(
        &self,
        py: Python<'_>,
        serials: PyBackedBytes,
        serial_lengths: PyBackedBytes,
        generations: PyBackedBytes,
        not_after: PyBackedBytes,
        statuses: PyBackedBytes,
        reasons: PyBackedBytes,
        revoked_at: PyBackedBytes,
        filling: bool,
    ) -> Result<()> {
        py.detach(|| {
            let columns = Columns {
                serials: SerialColumn::new(&serials, &serial_lengths)?,
                generations: &generations,
                not_after: &not_after,
                statuses: &statuses,
                reasons: &reasons,
                revoked_at: &revoked_at,
            };
            if filling {
                self.inner.fill(&columns)
            } else {
                self.inner.apply(&columns)
            }
        })?;
        Ok(())
    }

    fn settle(&self, py: Python<'_>) {
        py.detach(|| self.inner.settle());
    }

    #[pyo3(signature = (serial, generation = None))]
    fn lookup(&self, py: Python<'_>, serial: &[u8], generation: Option<u16>) -> Answer {
        let Ok(serial) = SerialNumber::from_unsigned(serial) else {
            return answer(Status::Unknown);
        };
        let generation = match generation.map(Generation::new) {
            // There is no generation 0, and nothing it could have signed.
            Some(None) => return answer(Status::Unknown),
            Some(generation) => generation,
            None => None,
        };
        let at_once = self.inner.try_lookup(&serial, generation);
        answer(at_once.unwrap_or_else(|| py.detach(|| self.inner.lookup(&serial, generation))))
    }

    fn lookup_batch<'py>(
        &self,
        py: Python<'py>,
        serials: Vec<PyBackedBytes>,
    ) -> (Bound<'py, PyBytes>, Bound<'py, PyBytes>, Vec<i64>) {
        let (statuses, reasons, revoked_at) = py.detach(|| {
            let numbers = serials
                .iter()
                .map(|serial| SerialNumber::from_unsigned(serial).ok());
            let mut statuses = Vec::with_capacity(serials.len());
            let mut reasons = Vec::with_capacity(serials.len());
            let mut revoked_at = Vec::with_capacity(serials.len());
            for status in self.inner.lookup_batch(numbers) {
                let (status, reason, at) = answer(status);
                statuses.push(status);
                reasons.push(reason);
                revoked_at.push(at);
            }
            (statuses, reasons, revoked_at)
        });
        (
            PyBytes::new(py, &statuses),
            PyBytes::new(py, &reasons),
            revoked_at,
        )
    }

    fn forget_ended(&self, py: Python<'_>, before: i64) -> usize {
        py.detach(|| self.inner.forget_ended(before))
    }

    fn save(&self, py: Python<'_>, path: PathBuf, about: PyBackedBytes) -> PyResult<()> {
        py.detach(|| self.inner.save(&path, &about)).map_err(unfit)
    }

    #[staticmethod]
    fn load<'py>(
        py: Python<'py>,
        path: PathBuf,
        most: usize,
    ) -> PyResult<(Self, Bound<'py, PyBytes>)> {
        let loaded = py.detach(|| status::StatusIndex::load(&path, most));
        let (index, about) = loaded.map_err(unfit)?;
        let inner = Arc::new(index);
        Ok((Self { inner }, PyBytes::new(py, &about)))
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        py.detach(|| self.inner.len())
    }
}

fn unfit(error: FileError) -> PyErr {
    match error {
        FileError::System(error) => error.into(),
        FileError::Refused(rule) => InvalidArgumentError::new_err(rule),
    }
}

fn answer(status: Status) -> Answer {
    match status {
        Status::Unknown | Status::Good => (status.code(), 0, 0),
        Status::Revoked { reason, at } => (status.code(), reason.code(), at),
    }
}

/// Serials, generations, ends, statuses, reasons and moments, as a message of the feed has them.
type Unpacked<'py> = (
    Vec<Bound<'py, PyBytes>>,
    Vec<u16>,
    Vec<u32>,
    Bound<'py, PyBytes>,
    Bound<'py, PyBytes>,
    Vec<u32>,
);

#[pyfunction]
fn unpack_statuses<'py>(py: Python<'py>, rows: &Bound<'py, PyList>) -> Option<Unpacked<'py>> {
    let count = rows.len();
    let mut serials = Vec::with_capacity(count);
    let mut generations = Vec::with_capacity(count);
    let mut not_after = Vec::with_capacity(count);
    let mut statuses = Vec::with_capacity(count);
    let mut reasons = Vec::with_capacity(count);
    let mut revoked_at = Vec::with_capacity(count);
    for row in rows {
        let row = Packed::read(row.cast::<PyBytes>().ok()?.as_bytes())?;
        let (status, reason, at) = row.revocation.map_or((Status::GOOD, 0, 0), |(reason, at)| {
            (Status::REVOKED, reason.code(), at)
        });
        serials.push(PyBytes::new(py, row.serial));
        generations.push(row.generation.get());
        not_after.push(row.not_after);
        statuses.push(status);
        reasons.push(reason);
        revoked_at.push(at);
    }
    let (statuses, reasons) = (PyBytes::new(py, &statuses), PyBytes::new(py, &reasons));
    Some((
        serials,
        generations,
        not_after,
        statuses,
        reasons,
        revoked_at,
    ))
}

/// Adds the class, the function and the status numbers to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<StatusIndex>()?;
    module.add_function(wrap_pyfunction!(unpack_statuses, module)?)?;
    module.add("STATUS_UNKNOWN", Status::UNKNOWN)?;
    module.add("STATUS_GOOD", Status::GOOD)?;
    module.add("STATUS_REVOKED", Status::REVOKED)
}
