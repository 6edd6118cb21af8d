//! Signatures: which are allowed, whether they hold, and how many were verified.

mod cache;
mod key;
mod policy;
mod signatures;

pub use cache::VerifiedCache;
pub use key::PublicKey;
pub use policy::SignaturePolicy;
pub use signatures::{Signatures, Signed};
