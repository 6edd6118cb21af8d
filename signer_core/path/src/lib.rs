//! Certification paths: strangers' certificates are read, and judged along a path from a trust
//! anchor (RFC 5280 section 6).
//!
//! Pure: no clock, no file, no network, nothing of Python. Whoever asks gives the time, the anchor
//! and the certificates. Octets are parsed by the `asn1` crate, once, and kept as they came: what a
//! signature is over is never encoded again. Every amount that a stranger chooses is bounded, by
//! counting and not by a clock.
//!
//! Rooms: [`certificate`] reads, [`names`] compares and constrains, [`signature`] verifies and
//! counts, [`policies`] has the policy graph, [`validate`] walks one candidate path, [`pool`] holds
//! what paths are made of, [`revocation`] knows what was revoked, [`discovery`] finds the path,
//! [`verdict`] is what comes out.
#![forbid(unsafe_code)]

pub mod certificate;
pub mod crl;
pub mod discovery;
mod distribution;
mod extension;
pub mod names;
pub mod ocsp;
mod octets;
pub mod policies;
pub mod pool;
pub mod request;
pub mod revocation;
pub mod signature;
#[cfg(test)]
mod testing;
mod time;
mod unreadable;
pub mod validate;
pub mod verdict;

pub use certificate::Certificate;
pub use crl::RevocationList;
pub use discovery::{Limits, Query, Settings, Spent, Verdict, batch, validate_target};
pub use names::Name;
pub use ocsp::OcspResponse;
pub use policies::{PathPolicy, PolicySets};
pub use pool::{LeftOut, Material, Pool};
pub use request::CertificationRequest;
pub use revocation::{RevocationMode, RevocationRules};
pub use signature::{KnownKeys, SignaturePolicy, Signatures, VerifiedCache};
pub use unreadable::Unreadable;
pub use validate::{Asked, Revocation, Validated, validate_path};
pub use verdict::{Evidence, Reason, Refusal, Revoked};

/// An object identifier, compared by its octets. Arcs may have up to 128 bits.
pub type Oid = asn1::ObjectIdentifier;

/// A SHA-256 of some object's DER.
pub type Sha256 = [u8; 32];
