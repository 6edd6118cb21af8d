//! User certificates (署名用電子証明書) by the hundred thousand: a fast way through the engine.
//!
//! What all certificates of an authority share is encoded once, by the engine's builder, and read
//! once, by the engine's check ([`UserCertificateTemplate`]); a certificate is that and the parts
//! that differ from person to person. There are two readings of the same bytes, both by parsers
//! this crate did not write:
//!
//! - the engine's check takes a certificate apart with `x509-cert` and compares every value. It
//!   allocates a tree of some hundred nodes and encodes it again: thirty times what writing costs.
//! - [`each`] walks over the octets with `der`'s reader and allocates nothing, so that every
//!   certificate can be checked beside a signature that takes less than 0.1 ms.
//!
//! What lets the second be so light is that most of a certificate is the authority's and never
//! changes. When a template is made, the writer makes a sample with it and the engine's check reads
//! the sample; the constant parts are then taken from *that reading*, encoded by `x509-cert`
//! ([`proven::Proven`]). Afterwards each certificate has to hold these octets where they belong, and
//! everything else in it is decoded and compared with the request. As DER has one encoding for one
//! value, exactly one string of octets passes; the tests alter every octet in every way and ask
//! both.

mod batch;
mod build;
mod each;
mod elements;
mod inputs;
mod proven;
mod request;
mod sample;
mod segments;
mod template;
#[cfg(test)]
mod tests;

pub use batch::build_batch;
pub use inputs::TemplateInputs;
pub use request::{RequestFields, UserCertificateRequest};
pub use template::UserCertificateTemplate;
