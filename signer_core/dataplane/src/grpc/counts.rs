//! What is counted of a method, until Python fetches it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::counts::{Times, observe};

/// How calls ended, by the name of the code.
pub type Handled = BTreeMap<&'static str, u64>;

/// What was counted since it was fetched last.
#[derive(Debug)]
pub struct Counted {
    /// Calls begun.
    pub started: u64,
    /// Calls ended.
    pub handled: Handled,
    /// From start to end.
    pub took: Times,
}

pub(super) struct MethodCounts {
    bounds: Vec<f64>,
    inside: Mutex<Counted>,
}

impl MethodCounts {
    pub(super) fn new(bounds: &[f64]) -> Self {
        Self {
            bounds: bounds.to_vec(),
            inside: Mutex::new(none(bounds)),
        }
    }

    pub(super) fn started(&self) {
        self.change(|it| it.started += 1);
    }

    pub(super) fn ended(&self, code: &'static str, took: Duration) {
        self.change(|it| {
            *it.handled.entry(code).or_default() += 1;
            observe(&mut it.took, &self.bounds, took);
        });
    }

    pub(super) fn take(&self) -> Counted {
        let fresh = none(&self.bounds);
        std::mem::replace(
            &mut *self.inside.lock().unwrap_or_else(PoisonError::into_inner),
            fresh,
        )
    }

    fn change(&self, change: impl FnOnce(&mut Counted)) {
        change(&mut self.inside.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn none(bounds: &[f64]) -> Counted {
    Counted {
        started: 0,
        handled: Handled::new(),
        took: Times::none(bounds),
    }
}
