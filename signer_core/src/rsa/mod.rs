//! RSASSA-PKCS1-v1_5 signing (RFC 8017 8.2) in batches over all cores.
//!
//! A [`BatchSigner`] turns digests into signatures; [`sign_batch`] hashes, forms groups and spreads
//! the work over a pool. Every signature leaves through `release`, which verifies it with the public
//! key unless the signer did, so no kernel behind the trait can leave that out.

mod batch;
mod caller;
mod digest_info;
mod encoded;
mod encrypted;
mod gathered;
mod groups;
mod hash;
mod multibuffer;
mod per_process;
mod pool;
mod queue;
mod release;
mod scheduler;
mod signer;
mod software;
#[cfg(test)]
mod vectors;
mod verify;

pub use batch::{Request, sign_batch, sign_requests};
pub(crate) use digest_info::digest_info;
pub use encrypted::MIN_ITERATIONS;
pub use gathered::{set_gathering, sign, sign_digest};
pub use hash::{Digest, Hash, Hasher};
pub use multibuffer::PrivateNumbers;
pub(crate) use pool::with_pool;
pub use signer::BatchSigner;
pub use software::SoftwareKey;
pub use verify::{VerifyingKey, verify_batch};
