//! Detached CMS signatures (RFC 5652): read from foreign bytes, and written for the card holder.
//!
//! Reading gives facts; whether a signature is good is decided above, where keys are loaded.

mod attributes;
mod encode;
mod oids;
mod parse;
mod signing_certificate;
#[cfg(test)]
mod tests;

pub use attributes::SignedAttributes;
pub use encode::{assemble, signed_attributes};
pub use parse::{
    Algorithm, SignedData, SignerId, SignerInfo, begins_as_content_info, parse_signed_data,
};
pub use signing_certificate::SigningCertificate;

use der::Reader;

use crate::error::Error;

fn malformed(rule: &'static str) -> Error {
    Error::malformed("SignedData", rule)
}

fn der_fault(error: &der::Error) -> Error {
    Error::not_der("SignedData", error.kind())
}

/// The members of a structure that nothing is asked of: each must be there whole.
fn skip_rest<'a>(reader: &mut impl Reader<'a>) -> der::Result<()> {
    while !reader.is_finished() {
        reader.tlv_bytes()?;
    }
    Ok(())
}
