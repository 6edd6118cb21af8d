//! Private keys, and what is signed with them: RSASSA-PKCS1-v1_5 (RFC 8017 8.2) in batches over all
//! cores.
//!
//! A [`BatchSigner`] turns digests into signatures; [`sign_batch`] hashes, forms groups and spreads
//! the work over a pool. Every signature leaves through `release`, which verifies it with the public
//! key unless the signer did, so no kernel behind the trait can leave that out. The signers are a
//! [`SoftwareKey`] in this process's memory and, in [`pkcs11`], keys on devices; the crate `formats`
//! knows either as a [`formats::signing::Signer`].
//!
//! What is signed is nobody's business here: no certificate, no list, no answer is ever looked into.
#![forbid(unsafe_code)]

mod batch;
mod choice;
mod gathering;
mod groups;
mod lanes;
pub mod pkcs11;
mod release;
mod signer;
#[cfg(feature = "slowed")]
mod slowed;
mod software;
mod statement_key;
#[cfg(test)]
mod vectors;
mod verify_batch;
mod verifying_key;

pub use batch::{sign_batch, sign_requests};
pub use choice::Costs;
pub use gathering::{Listener, set_gathering, sign, sign_digest, sign_later};
pub use lanes::{Lanes, lanes, switch_lanes};
pub use rsa_lanes::{LongNumber, PrivateNumbers};
pub use signer::{BatchSigner, Request};
pub use software::{MIN_ITERATIONS, SoftwareKey, encrypt_pkcs8};
pub use statement_key::StatementKey;
pub use verify_batch::verify_batch;
pub use verifying_key::VerifyingKey;
