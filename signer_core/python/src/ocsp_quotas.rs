//! `OcspQuotas`: what verifiers may still be told, leased by Python and used up without it.

use std::sync::{Arc, Mutex, PoisonError};

use dataplane::clock::Micros;
use dataplane::quota::{Left, Of, Quotas, Reservation, Unit};
use dataplane::registry::Way;
use formats::error::Error;
use pyo3::prelude::*;

use super::ocsp_plane::OcspPlane;
use crate::error::Result;

/// A verifier, an authority, the unit, what is left, how much was asked for, and the most that was
/// refused at once.
type Told = (String, String, &'static str, u64, u64, u64);

/// Of one plane.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspQuotas(Quotas);

#[pymethods]
impl OcspQuotas {
    #[new]
    fn new(plane: &OcspPlane) -> Self {
        Self(Quotas::new(Arc::clone(plane.0.usage())))
    }

    fn bound(&self, verifier: String, authority: String, unit: &str) -> Result<()> {
        self.0.bound(of(verifier, authority, unit)?);
        Ok(())
    }

    fn free(&self, verifier: String, authority: String, unit: &str) -> Result<u64> {
        Ok(self.0.free(&of(verifier, authority, unit)?))
    }

    fn open(&self, verifier: String, authority: String, unit: &str, leased: u64) -> Result<u64> {
        Ok(self.0.open(&of(verifier, authority, unit)?, leased))
    }

    fn add(&self, verifier: String, authority: String, unit: &str, leased: u64) -> Result<()> {
        self.0.add(&of(verifier, authority, unit)?, leased);
        Ok(())
    }

    fn take_back(&self, verifier: String, authority: String, unit: &str, most: u64) -> Result<u64> {
        Ok(self.0.take_back(&of(verifier, authority, unit)?, most))
    }

    #[pyo3(signature = (verifier, authority, unit, *, low, until))]
    fn expect(
        &self,
        verifier: String,
        authority: String,
        unit: &str,
        low: u64,
        until: Micros,
    ) -> Result<()> {
        self.0.expect(&of(verifier, authority, unit)?, low, until);
        Ok(())
    }

    fn low(&self, py: Python<'_>) -> Vec<Told> {
        told(py.detach(|| self.0.low()))
    }

    fn all(&self, py: Python<'_>) -> Vec<Told> {
        told(py.detach(|| self.0.all()))
    }

    fn take_refused(&self) -> (u64, u64) {
        self.0.take_refused().into()
    }

    fn reserve(&self, verifier: &str, authority: &str, way: &str, now: Micros) -> Result<Asked> {
        let unknown = || Error::invalid("way", "is none there is");
        let way = Way::named(way).ok_or_else(unknown)?;
        Ok(match self.0.reserve((verifier, authority), way, now) {
            Ok(reserved) => Asked::Taken(OcspReservation(Mutex::new(Some(reserved)))),
            Err(exceeded) => Asked::Again(exceeded.again),
        })
    }
}

/// What is taken, or after how many seconds to ask again.
#[derive(IntoPyObject)]
enum Asked {
    Taken(OcspReservation),
    Again(u32),
}

/// One status or download, taken of a quota.
#[pyclass(frozen, module = "openjpki.signer_core")]
struct OcspReservation(Mutex<Option<Reservation>>);

#[pymethods]
impl OcspReservation {
    fn tell(&self) {
        if let Some(reserved) = self.taken() {
            reserved.tell();
        }
    }

    fn give_back(&self) {
        drop(self.taken());
    }
}

impl OcspReservation {
    fn taken(&self) -> Option<Reservation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn of(verifier: String, authority: String, unit: &str) -> Result<Of> {
    let unknown = || Error::invalid("unit", "is none there is");
    Ok((verifier, authority, Unit::named(unit).ok_or_else(unknown)?))
}

fn told(left: Vec<Left>) -> Vec<Told> {
    left.into_iter()
        .map(|it| {
            (
                it.of.0,
                it.of.1,
                it.of.2.name(),
                it.left,
                it.asked,
                it.needed,
            )
        })
        .collect()
}

/// Adds the class to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<OcspQuotas>()?;
    module.add_class::<OcspReservation>()
}
