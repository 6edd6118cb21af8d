//! User certificates (署名用証明書): to-be-signed bytes from an authority's template, a check of
//! those bytes against what was asked, and the finished certificate.
//!
//! The check reads the bytes back with a parser this crate did not write and compares every field
//! with the request and the template's inputs, so a fault in the writer can't reach a signature.
//! The `check` module says how that can cost less than a hundredth of the signature.

mod build;
mod check;
mod inputs;
mod issue;
mod name;
mod oids;
mod request;
mod rsa_key;
mod sample;
mod template;
#[cfg(test)]
mod tests;

pub use inputs::TemplateInputs;
pub use issue::{assemble, encode_batch, issue_batch};
pub use request::{RequestFields, UserCertificateRequest};
pub use template::UserCertificateTemplate;
