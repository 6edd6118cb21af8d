//! OCSP responses (RFC 6960) as evidence that was kept: read once, kept as received.

mod read;
mod response;
#[cfg(test)]
mod tests;

pub use response::{CertId, MAX_OCTETS, OcspResponse, ResponderId, Single, Status};
