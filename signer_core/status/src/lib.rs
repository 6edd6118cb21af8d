//! Which certificates an authority issued and which of them it revoked, in memory.
//!
//! A responder fills it from the authority's feed and asks it for every query. It holds serial
//! numbers and dates alone: nothing in it says who anybody is. 32 octets a certificate, plus the
//! table's free room. It signs nothing, knows no key, and writes no octet of any format.
#![forbid(unsafe_code)]

mod columns;
mod record;
mod store;
#[cfg(test)]
mod tests;

pub use columns::Columns;
pub use record::{Generation, Reason, Status};
pub use store::StatusIndex;
