//! What paths are built from and judged with: certificates, lists, OCSP responses.

mod left_out;
mod material;

use std::sync::Arc;

pub use left_out::LeftOut;
pub use material::Material;

/// Everything a search may use, indexed. Immutable: any number of threads share one.
#[derive(Debug, Default)]
pub struct Pool {
    left_out: Vec<LeftOut>,
}

impl Pool {
    /// What all these hold together, each object once. Objects are shared with `materials`, so that
    /// pools over the same files cost an index each.
    #[must_use]
    pub fn new(materials: &[Arc<Material>]) -> Self {
        Self {
            left_out: materials
                .iter()
                .flat_map(|material| material.left_out().iter().cloned())
                .collect(),
        }
    }

    /// What could not be read, and why.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }
}
