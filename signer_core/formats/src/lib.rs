//! What this project reads and writes, octet by octet: certificates and requests for them, revocation
//! lists, OCSP, CMS, calls of status. Built, checked, and handed to a [`signing::Signer`] that has the key.
//!
//! Pure: what comes out depends on what goes in alone. No clock, no private key, nothing of Python. Each folder holds one kind
//! of object; [`der`] and [`signing`] are what they share, [`error`] is what all crates refuse with.
#![forbid(unsafe_code)]

pub mod certificate;
pub mod cms;
pub mod crl;
pub mod der;
pub mod error;
pub mod ocsp;
pub mod signing;
pub mod status_calls;
