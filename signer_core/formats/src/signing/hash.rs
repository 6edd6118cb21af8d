//! The hash functions a certificate signature may use.

use std::str::FromStr;

use aws_lc_rs::digest as lc;
use aws_lc_rs::signature as sig;

use crate::der::oid::{self, ObjectIdentifier};
use crate::error::{Error, Result};

/// SHA-2 with 256, 384 or 512 bits, each naming one signature algorithm of RFC 4055.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// sha256WithRSAEncryption; what every profile of this project uses.
    Sha256,
    /// sha384WithRSAEncryption.
    Sha384,
    /// sha512WithRSAEncryption.
    Sha512,
}

impl Hash {
    /// The signature algorithm that hashes with this function.
    #[must_use]
    pub fn signature_algorithm(self) -> &'static ObjectIdentifier {
        match self {
            Self::Sha256 => &oid::SHA256_WITH_RSA,
            Self::Sha384 => &oid::SHA384_WITH_RSA,
            Self::Sha512 => &oid::SHA512_WITH_RSA,
        }
    }

    /// Hashes one message.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Digest {
        Digest {
            hash: self,
            value: lc::digest(self.function(), message),
        }
    }

    pub(super) fn verification(self) -> &'static dyn sig::VerificationAlgorithm {
        match self {
            Self::Sha256 => &sig::RSA_PKCS1_2048_8192_SHA256,
            Self::Sha384 => &sig::RSA_PKCS1_2048_8192_SHA384,
            Self::Sha512 => &sig::RSA_PKCS1_2048_8192_SHA512,
        }
    }

    fn function(self) -> &'static lc::Algorithm {
        match self {
            Self::Sha256 => &lc::SHA256,
            Self::Sha384 => &lc::SHA384,
            Self::Sha512 => &lc::SHA512,
        }
    }
}

impl FromStr for Hash {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "sha256" => Ok(Self::Sha256),
            "sha384" => Ok(Self::Sha384),
            "sha512" => Ok(Self::Sha512),
            _ => Err(Error::invalid("hash", "must be sha256, sha384 or sha512")),
        }
    }
}

/// A message's hash together with the function that made it.
#[derive(Debug, Clone, Copy)]
pub struct Digest {
    hash: Hash,
    value: lc::Digest,
}

impl Digest {
    /// The function that made it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Its octets: 32, 48 or 64.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.value.as_ref()
    }

    /// It, as AWS-LC takes it.
    #[must_use]
    pub fn value(&self) -> &lc::Digest {
        &self.value
    }
}

/// Hashes a message that arrives in pieces, such as a list still being encoded.
pub struct Hasher {
    hash: Hash,
    state: lc::Context,
}

impl Hasher {
    /// Starts an empty message.
    #[must_use]
    pub fn new(hash: Hash) -> Self {
        Self {
            hash,
            state: lc::Context::new(hash.function()),
        }
    }

    /// Adds the next piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.state.update(piece);
    }

    /// The digest of everything added.
    #[must_use]
    pub fn finish(self) -> Digest {
        Digest {
            hash: self.hash,
            value: self.state.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hash_like_the_whole() {
        let message: Vec<u8> = (0..=255).cycle().take(1_000).collect();
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let mut hasher = Hasher::new(hash);
            message.chunks(33).for_each(|piece| hasher.update(piece));
            assert_eq!(hasher.finish().as_bytes(), hash.digest(&message).as_bytes());
        }
    }

    #[test]
    fn names_outside_the_three_are_refused() {
        assert_eq!("sha384".parse::<Hash>().unwrap(), Hash::Sha384);
        assert!("sha1".parse::<Hash>().is_err());
        assert!("SHA256".parse::<Hash>().is_err());
    }
}
