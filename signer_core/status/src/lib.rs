//! Which certificates an authority issued and which of them it revoked, in memory.
//!
//! A responder fills it from the authority's feed and asks it for every query. It holds serial
//! numbers and dates alone: nothing in it says who anybody is. Some 21 octets a certificate: the
//! serial number but for the bits that its place says, a code for its generation and its end of
//! validity, and five more when it is revoked. It signs nothing, knows no key, and writes no octet of
//! any format but its own file's.
#![forbid(unsafe_code)]

mod base;
mod columns;
mod file;
mod key;
mod merge;
mod mixing;
#[cfg(test)]
mod model;
mod news;
mod octets;
mod packed;
mod record;
mod shard;
mod starts;
mod store;
#[cfg(test)]
mod tests;
mod together;
mod turns;

pub use columns::Columns;
pub use file::FileError;
pub use packed::Packed;
pub use record::{Generation, Reason, Status};
pub use store::StatusIndex;
