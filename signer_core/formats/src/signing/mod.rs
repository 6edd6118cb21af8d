//! What signing with RSASSA-PKCS1-v1_5 (RFC 8017 8.2) looks like from here: hashes, encodings, public
//! keys, and the [`Signer`] that the crate `keys` puts behind them.

mod digest_info;
mod encoded;
mod hash;
mod public_key;
mod signer;
#[cfg(test)]
pub(crate) mod testing;

pub use digest_info::digest_info;
pub use encoded::encoded_message;
pub use hash::{Digest, Hash, Hasher};
pub use public_key::PublicKey;
pub use signer::Signer;
