//! The objects in some octets.

use super::LeftOut;
use crate::certificate::Certificate;

/// What was read from one file, or one answer: certificates, revocation lists, OCSP responses.
#[derive(Debug, Default)]
pub struct Material {
    left_out: Vec<LeftOut>,
}

impl Material {
    /// Reads PEM, with any text before, between and after its parts, or one DER object.
    ///
    /// Nothing in it ends the rest: what cannot be read is left out and told in
    /// [`Material::left_out`].
    #[must_use]
    pub fn read(_octets: &[u8]) -> Self {
        Self::default()
    }

    /// The certificates, in the order they came.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &[]
    }

    /// How many revocation lists and OCSP responses there are.
    #[must_use]
    pub fn revocation_objects(&self) -> usize {
        0
    }

    /// What could not be read, and why.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }
}
