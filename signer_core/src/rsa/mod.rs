//! RSASSA-PKCS1-v1_5 signing (RFC 8017 8.2) in batches over all cores.
//!
//! A [`BatchSigner`] turns digests into signatures; [`sign_batch`] hashes, spreads the work over a
//! pool and verifies every signature with the public key before it lets go of it, so no kernel
//! behind the trait can leave that out.

mod batch;
mod check;
mod digest_info;
mod encrypted;
mod hash;
mod pool;
mod product;
mod signer;
mod software;
mod verify;

pub use batch::{sign, sign_batch, sign_digest};
pub(crate) use digest_info::digest_info;
pub use encrypted::MIN_ITERATIONS;
pub use hash::{Digest, Hash, Hasher};
pub(crate) use pool::with_pool;
pub use signer::BatchSigner;
pub use software::SoftwareKey;
pub use verify::{VerifyingKey, verify_batch};
