//! The profile check: the bytes about to be signed, read back and compared with the request and the
//! template's inputs. Nothing here uses what the writer prepared.
//!
//! There are two readings of the same bytes, both by parsers this crate did not write:
//!
//! - [`complete`] takes a certificate apart with `x509-cert` and compares every value. It allocates
//!   a tree of some hundred nodes and encodes it again: thirty times what writing costs.
//! - [`each`] walks over the octets with `der`'s reader and allocates nothing, so that every
//!   certificate can be checked beside a signature that takes less than 0.1 ms.
//!
//! What lets the second be so light is that most of a certificate is the authority's and never
//! changes. When a template is made, the writer makes a sample with it and the complete check reads
//! the sample; the constant parts are then taken from *that reading*, encoded by `x509-cert`
//! ([`Proven`]). Afterwards each certificate has to hold these octets where they belong, and
//! everything else in it is decoded and compared with the request. As DER has one encoding for one
//! value, exactly one string of octets passes; the tests alter every octet in every way and ask
//! both.

pub(super) mod complete;
pub(super) mod each;
mod elements;
mod extensions;
mod proven;
mod subject;
#[cfg(test)]
mod tests;

use der::Encode;

pub(super) use proven::Proven;

use crate::error::{Error, Result};

fn der_is(parsed: &impl Encode, der: &[u8]) -> bool {
    parsed.to_der().is_ok_and(|encoded| encoded == der)
}

#[inline]
fn must(field: &str, why: &str, holds: bool) -> Result<()> {
    if holds {
        Ok(())
    } else {
        Err(mismatch(field, why))
    }
}

#[cold]
fn mismatch(field: &str, why: &str) -> Error {
    Error::ProfileMismatch(format!("{field} {why}"))
}
