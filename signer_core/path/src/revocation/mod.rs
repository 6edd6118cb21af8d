//! Whether a certificate was revoked at a time, by the evidence of that time.

mod rules;

pub use rules::{RevocationMode, RevocationRules};
