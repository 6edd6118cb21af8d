//! OCSP (RFC 6960): requests read, responses encoded.
//!
//! Requests come from anyone, so they are read with the `der` family and every limit is checked
//! here. Responses are written by this crate from a responder's template.

mod certid;
mod extensions;
mod request;
mod response;
mod target;
#[cfg(test)]
mod tests;

pub use certid::CertId;
pub use request::{OcspRequest, RequestSignature, parse_request};
pub use response::{
    CertStatus, ErrorStatus, ResponderTemplate, ResponseData, SingleResponse, error_response,
};
pub use target::request_of;
