//! What is counted, until Python fetches it.

mod answers;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use status::Status;

use self::answers::Answers;
use crate::registry::Via;

/// Counts of times up to each bound, the last beyond all, and their sum.
#[derive(Debug, Clone)]
pub struct Times {
    /// How many.
    pub counts: Vec<u64>,
    /// Seconds.
    pub sum: f64,
}

/// Why a connection was ended, or not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// For another one.
    MadeRoom,
    /// It did not ask for too long.
    Silent,
    /// All others were busy.
    Refused,
    /// It took no answers.
    NotTaken,
}

impl Ended {
    fn name(self) -> &'static str {
        match self {
            Self::MadeRoom => "made_room",
            Self::Silent => "silent",
            Self::Refused => "refused",
            Self::NotTaken => "not_taken",
        }
    }
}

/// What was counted since it was fetched last.
#[derive(Debug, Default)]
pub struct Counted {
    /// Answers, by status and by how the asker was known.
    pub responses: BTreeMap<(&'static str, &'static str), u64>,
    /// Signatures by key and outcome.
    pub signatures: BTreeMap<(Arc<str>, &'static str), u64>,
    /// Times from request to answer, by how the asker was known.
    pub answered: BTreeMap<&'static str, Times>,
    /// Times of what was signed together.
    pub signed: Option<Times>,
    /// Requests to a key begun, less those ended.
    pub under_way: i64,
    /// Connections that were ended or not begun, by why.
    pub ended: BTreeMap<&'static str, u64>,
    /// What was no OCSP over HTTP, by status of HTTP.
    pub http: BTreeMap<u16, u64>,
    /// Requests for revocation lists, by status of HTTP.
    pub lists: BTreeMap<u16, u64>,
    /// Requests told to try later, by the bound that said so.
    pub full: BTreeMap<&'static str, u64>,
}

/// Counters that any thread adds to.
pub struct Counts {
    bounds: Vec<f64>,
    inside: Mutex<Counted>,
    answers: Answers,
}

impl Counts {
    /// With the bounds of times, in seconds.
    #[must_use]
    pub fn new(bounds: Vec<f64>) -> Self {
        Self {
            answers: Answers::new(&bounds),
            bounds,
            inside: Mutex::default(),
        }
    }

    /// What was counted since the last time.
    pub fn take(&self) -> Counted {
        let mut counted =
            std::mem::take(&mut *self.inside.lock().unwrap_or_else(PoisonError::into_inner));
        self.answers.take(&mut counted);
        counted
    }

    pub(crate) fn add(&self, change: impl FnOnce(&mut Counted)) {
        change(&mut self.inside.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(crate) fn ended(&self, why: Ended) {
        self.add(|it| *it.ended.entry(why.name()).or_default() += 1);
    }

    pub(crate) fn http(&self, status: u16) {
        self.add(|it| *it.http.entry(status).or_default() += 1);
    }

    pub(crate) fn full(&self, bound: &'static str) {
        self.add(|it| *it.full.entry(bound).or_default() += 1);
    }

    pub(crate) fn list(&self, status: u16) {
        self.add(|it| *it.lists.entry(status).or_default() += 1);
    }

    pub(crate) fn refused(&self, status: &'static str, via: &'static str) {
        self.add(|it| *it.responses.entry((status, via)).or_default() += 1);
    }

    /// An answer that says these.
    pub(crate) fn answered(&self, statuses: &[Status], via: Via, took: Duration) {
        self.answers.add(&self.bounds, statuses, via, took);
    }

    pub(crate) fn signed(&self, took: Duration, outcomes: &[(Arc<str>, bool)]) {
        let requests = i64::try_from(outcomes.len()).unwrap_or(i64::MAX);
        self.add(|it| {
            it.under_way -= requests;
            for (label, good) in outcomes {
                let outcome = if *good { "ok" } else { "error" };
                let counted = it.signatures.entry((Arc::clone(label), outcome));
                *counted.or_default() += 1;
            }
            observe(
                it.signed.get_or_insert_with(|| self.none()),
                &self.bounds,
                took,
            );
        });
    }

    fn none(&self) -> Times {
        Times::none(&self.bounds)
    }
}

impl Times {
    pub(crate) fn none(bounds: &[f64]) -> Self {
        Self {
            counts: vec![0; bounds.len() + 1],
            sum: 0.0,
        }
    }
}

pub(crate) fn observe(times: &mut Times, bounds: &[f64], took: Duration) {
    let took = took.as_secs_f64();
    if let Some(count) = times.counts.get_mut(place(bounds, took)) {
        *count += 1;
    }
    times.sum += took;
}

/// Under which bound it is.
fn place(bounds: &[f64], took: f64) -> usize {
    bounds.partition_point(|bound| *bound < took)
}
