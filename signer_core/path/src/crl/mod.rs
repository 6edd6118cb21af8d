//! Revocation lists (RFC 5280 5): read once, kept as received, asked about by serial number.
//!
//! A list is judged here only for what it says of itself. Whether it speaks of a certificate, who
//! signed it and whether it is of the right time is the business of [`crate::revocation`].

mod ends;
mod entries;
mod extensions;
mod header;
mod list;
mod scope;
mod survey;
#[cfg(test)]
mod tests;

pub use crate::distribution::PointName;
pub use entries::{Entry, Listed};
pub use extensions::UNPROCESSED;
pub(crate) use extensions::reason;
pub use header::{Header, Number};
pub use list::{MAX_OCTETS, RevocationList};
pub use scope::{Reasons, Scope};
pub use survey::Survey;
