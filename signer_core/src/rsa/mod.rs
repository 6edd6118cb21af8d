//! RSASSA-PKCS1-v1_5 signing (RFC 8017 8.2) in batches over all cores.
//!
//! A [`BatchSigner`] turns digests into signatures; [`sign_batch`] hashes, forms groups, spreads the
//! work over a pool and verifies every signature with the public key before it lets go of it, so no
//! kernel behind the trait can leave that out.

mod batch;
mod caller;
mod digest_info;
mod encoded;
mod encrypted;
mod groups;
mod hash;
mod multibuffer;
mod pool;
mod queue;
mod scheduler;
mod signer;
mod software;
#[cfg(test)]
mod vectors;
mod verify;

pub use batch::{Request, sign, sign_batch, sign_digest, sign_requests};
pub(crate) use digest_info::digest_info;
pub use encrypted::MIN_ITERATIONS;
pub use hash::{Digest, Hash, Hasher};
pub use multibuffer::PrivateNumbers;
pub use pool::set_gathering;
pub(crate) use pool::with_pool;
pub use signer::BatchSigner;
pub use software::SoftwareKey;
pub use verify::{VerifyingKey, verify_batch};
