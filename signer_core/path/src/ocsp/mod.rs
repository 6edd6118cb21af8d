//! OCSP responses (RFC 6960) as evidence that was kept: read once, kept as received.

mod read;
mod response;
#[cfg(test)]
mod tests;

pub use read::MAX_OCTETS;
pub(crate) use response::Identified;
pub use response::{CertId, OcspResponse, ResponderId, Single, Status};
