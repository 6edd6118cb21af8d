//! Revocation lists (RFC 5280 section 5) from columns, encoded, hashed and signed in one pass.
//!
//! A list of a million entries is sized first, from the columns alone, then written once into a
//! buffer of exactly that size while it is hashed piece by piece, still warm in the cache.

mod assemble;
mod block;
mod columns;
mod dates;
mod duplicates;
mod entry;
mod fields;
mod frame;
mod order;
#[cfg(test)]
mod samples;
mod survey;
mod tbs;
#[cfg(test)]
mod tests;

pub use assemble::{encode_crl, encode_crl_into, signed_len};
pub use columns::RevocationColumns;
pub use fields::CrlFields;
pub use tbs::TbsCertList;
