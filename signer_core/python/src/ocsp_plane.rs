//! `OcspPlane`: what answers over HTTP are made of, fed from Python.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::status::Generation;
use dataplane::clock::{Clock, Micros, SystemClock};
use dataplane::counts::{Counted, Times};
use dataplane::issuers::{Issuer, Issuers, Named};
use dataplane::known::{Authority, Bounds, Position};
use dataplane::plane::Plane;
use dataplane::registry::{Grant, Network, Registry, Way};
use dataplane::responder::{Key, Responder};
use formats::error::Error;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;

use super::any_key::AnyKey;
use super::ocsp::OcspResponder;
use super::ocsp_usage::{Count, counts};
use super::status::StatusIndex;
use crate::error::Result;

/// Python's own clock: for tests, which set it.
struct GivenClock(Py<PyAny>);

impl Clock for GivenClock {
    fn now(&self) -> Micros {
        Python::attach(|py| {
            let told = self.0.call0(py).and_then(|it| it.extract(py));
            told.unwrap_or_else(|error: PyErr| {
                error.write_unraisable(py, None);
                SystemClock.now()
            })
        })
    }
}

/// What one authority's feed told.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspAuthority(Arc<Authority>);

/// Serial numbers, which Python holds meanwhile.
type Serials = Vec<PyBackedBytes>;

#[pymethods]
impl OcspAuthority {
    #[new]
    fn new() -> Self {
        Self(Arc::default())
    }

    #[pyo3(signature = (index, *, as_of, seconds_ago, sequence))]
    fn tell(&self, index: &StatusIndex, as_of: Micros, seconds_ago: f64, sequence: u64) {
        let ago = Duration::try_from_secs_f64(seconds_ago).unwrap_or_default();
        let now = Instant::now();
        self.0.tell(Some(Position {
            index: index.shared(),
            heard: now.checked_sub(ago).unwrap_or(now),
            as_of,
            sequence,
        }));
    }

    /// Of these the status may have changed.
    fn changed(&self, py: Python<'_>, serials: Serials) {
        py.detach(|| self.0.watchers.changed(serials.iter().map(|it| &it[..])));
    }

    fn all_may_have_changed(&self, py: Python<'_>) {
        py.detach(|| self.0.watchers.all_may_have_changed());
    }

    #[getter]
    fn watched(&self) -> usize {
        self.0.watchers.watched()
    }

    #[pyo3(signature = (*, freshness, max_staleness))]
    fn bound(&self, freshness: Micros, max_staleness: Micros) {
        self.0.bound(Bounds {
            freshness,
            max_staleness,
        });
    }
}

/// What an agreement gives: the authority, the ways, from when and until when.
type Agreed = (String, Vec<String>, Micros, Micros);
/// A verifier: its id, what was agreed with it, request signers and closed networks.
type Entry = (String, Vec<Agreed>, Vec<Vec<u8>>, Vec<(IpAddr, u8)>);
/// A generation: authority, number, lifetime of answers, names, status.
type Generations<'py> = (String, u16, Micros, Vec<Named>, PyRef<'py, OcspAuthority>);
/// Counts of times, and their sum.
type TimesTold = (Vec<u64>, f64);
/// What was counted.
type Told = (
    Vec<(&'static str, &'static str, u64)>,
    Vec<(String, &'static str, u64)>,
    Vec<(&'static str, TimesTold)>,
    Option<TimesTold>,
    i64,
    Vec<(&'static str, u64)>,
    Vec<(u16, u64)>,
    Vec<(&'static str, u64)>,
    Vec<(u16, u64)>,
);

/// What answers are made of.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct OcspPlane(pub(super) Arc<Plane>);

#[pymethods]
impl OcspPlane {
    #[new]
    #[pyo3(signature = (*, clock, bounds))]
    fn new(clock: Option<Py<PyAny>>, bounds: Vec<f64>) -> Self {
        let clock: Box<dyn Clock> = match clock {
            Some(clock) => Box::new(GivenClock(clock)),
            None => Box::new(SystemClock),
        };
        Self(Arc::new(Plane::new(clock, bounds)))
    }

    fn set_registry(&self, py: Python<'_>, entries: Vec<Entry>) {
        py.detach(|| {
            let mut registry = Registry::new(Arc::clone(self.0.usage()));
            entries.into_iter().for_each(|it| put(&mut registry, it));
            self.0.set_registry(registry);
        });
    }

    fn set_authorities(&self, authorities: Vec<(String, PyRef<'_, OcspAuthority>)>) {
        let authorities = authorities.into_iter();
        let known = authorities.map(|(id, it)| (id, Arc::clone(&it.0)));
        self.0.set_authorities(known.collect());
    }

    fn change_registry(&self, py: Python<'_>, entries: Vec<Entry>, gone: Vec<String>) {
        py.detach(|| {
            self.0.change_registry(|registry| {
                gone.iter().for_each(|it| registry.remove(it));
                entries.into_iter().for_each(|it| put(registry, it));
            });
        });
    }

    fn hold_registry(&self, longest: f64) -> Result<()> {
        let longest = Duration::try_from_secs_f64(longest)
            .map_err(|_| Error::invalid("longest", "must not be negative"))?;
        self.0.hold_registry(longest);
        Ok(())
    }

    fn set_issuers(&self, generations: Vec<Generations<'_>>) -> Result<()> {
        let mut issuers = Vec::with_capacity(generations.len());
        for (authority, number, lifetime, names, status) in generations {
            let generation = Generation::new(number);
            let none = || Error::invalid("generation", "must be at least 1");
            let issuer = Issuer {
                authority: authority.into(),
                generation: generation.ok_or_else(none)?,
                lifetime,
                status: Arc::clone(&status.0),
            };
            issuers.push((issuer, names));
        }
        self.0.set_issuers(Issuers::new(issuers));
        Ok(())
    }

    #[allow(clippy::too_many_arguments)] // Each is a part of a responder.
    #[pyo3(signature = (authority, generation, *, responder, key, label, not_before, not_after))]
    fn set_responder(
        &self,
        authority: &str,
        generation: u16,
        responder: &OcspResponder,
        key: AnyKey<'_>,
        label: &str,
        not_before: Micros,
        not_after: Micros,
    ) {
        let key = match key {
            AnyKey::Software(key) => Key::Memory(key.shared()),
            AnyKey::Token(key) => Key::Device(key.shared()),
        };
        let made = Responder::new(responder.shared(), key, label, not_before, not_after);
        self.0.set_responder(authority, generation, Some(made));
    }

    fn drop_responder(&self, authority: &str, generation: u16) {
        self.0.set_responder(authority, generation, None);
    }

    fn deny(&self, names: HashSet<String>, max_age: f64) -> Result<()> {
        let max_age = Duration::try_from_secs_f64(max_age)
            .map_err(|_| Error::invalid("max_age", "must not be negative"))?;
        self.0.deny(names, max_age);
        Ok(())
    }

    #[getter]
    fn waiting(&self) -> usize {
        self.0.waiting()
    }

    /// What verifiers were told, where that has grown since the last time: whole counts.
    fn take_usage(&self, py: Python<'_>) -> Vec<Count> {
        counts(py.detach(|| self.0.usage().take()))
    }

    /// A verifier was told something by somebody else.
    fn add_usage(&self, verifier: &str, authority: &str, way: &str, told: usize) -> Result<()> {
        let unknown = || Error::invalid("way", "is none there is");
        let way = Way::named(way).ok_or_else(unknown)?;
        self.0.usage().add(verifier, authority, way, told);
        Ok(())
    }

    fn take_counts(&self) -> Told {
        let Counted {
            responses,
            signatures,
            answered,
            signed,
            under_way,
            ended,
            http,
            full,
            lists,
        } = self.0.counts().take();
        let times = |times: Times| (times.counts, times.sum);
        (
            responses.into_iter().map(|((a, b), n)| (a, b, n)).collect(),
            signatures
                .into_iter()
                .map(|((key, outcome), n)| (key.to_string(), outcome, n))
                .collect(),
            answered
                .into_iter()
                .map(|(via, it)| (via, times(it)))
                .collect(),
            signed.map(times),
            under_way,
            ended.into_iter().collect(),
            http.into_iter().collect(),
            full.into_iter().collect(),
            lists.into_iter().collect(),
        )
    }
}

fn put(registry: &mut Registry, (verifier_id, agreed, signers, networks): Entry) {
    let mut scope: HashMap<String, Vec<Grant>> = HashMap::new();
    for (authority, ways, begins, ends) in agreed {
        // A way that is not known here is not given.
        let ways = ways.iter().filter_map(|it| Way::named(it)).collect();
        let grant = Grant { ways, begins, ends };
        scope.entry(authority).or_default().push(grant);
    }
    let networks = networks.into_iter();
    let networks = networks.map(|(first, bits)| Network { first, bits });
    let networks: Vec<_> = networks.collect();
    registry.put(verifier_id, scope, signers, &networks);
}

/// Adds the classes to the module.
pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<OcspAuthority>()?;
    module.add_class::<OcspPlane>()
}
