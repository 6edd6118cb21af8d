//! Detached CMS signatures (RFC 5652): read from foreign bytes, and written for the card holder.
//!
//! Reading gives facts; whether a signature is good is decided above, where keys are loaded.

mod attributes;
mod encode;
mod oids;
mod parse;
#[cfg(test)]
mod tests;

pub use attributes::SignedAttributes;
pub use encode::{assemble, signed_attributes};
pub use parse::{SignedData, SignerId, SignerInfo, parse_signed_data};

use crate::error::Error;

fn malformed(why: &str) -> Error {
    Error::Malformed {
        what: "SignedData",
        why: why.into(),
    }
}

/// A fixed text per kind of fault: the parser's own texts repeat parts of the input.
fn der_fault(error: &der::Error) -> Error {
    malformed(match error.kind() {
        der::ErrorKind::Incomplete { .. } => "is cut short",
        der::ErrorKind::TrailingData { .. } => "has bytes after its end",
        der::ErrorKind::IndefiniteLength => "is BER with indefinite lengths, not DER",
        _ => "is not DER of its type",
    })
}
