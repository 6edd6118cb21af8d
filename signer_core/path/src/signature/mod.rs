//! Signatures: which are allowed, whether they hold, and how many were verified.

mod algorithm;
mod cache;
mod envelope;
mod identifier;
mod key;
mod known_keys;
mod policy;
mod pss;
mod ready;
mod recent;
mod remembered;
mod signatures;
#[cfg(test)]
mod tests;

pub use algorithm::Algorithm;
pub use cache::VerifiedCache;
pub use envelope::Signed;
pub(crate) use envelope::{Envelope, Received};
pub use identifier::Hash;
pub(crate) use key::sha256;
pub use key::{KeyKind, MAXIMUM_RSA_BITS, MAXIMUM_RSA_EXPONENT_BITS, MINIMUM_RSA_BITS, PublicKey};
pub use known_keys::KnownKeys;
pub use policy::SignaturePolicy;
pub use pss::{Pss, pss_hash_and_salt};
pub use signatures::Signatures;
