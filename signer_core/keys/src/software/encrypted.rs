//! Keys at rest: `EncryptedPrivateKeyInfo` (RFC 5958 section 3, PBES2 of RFC 8018).
//!
//! Encryption happens here so that the plain key never becomes an object of the caller's language,
//! which could not wipe it.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use der::Decode;
use formats::error::{Error, Kind, Result};
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfo, PrivateKeyInfo};

use super::SoftwareKey;

/// The fewest rounds of PBKDF2-HMAC-SHA-256 a key is stored with.
pub const MIN_ITERATIONS: u32 = 100_000;

impl SoftwareKey {
    /// Decrypts and reads a PKCS#8 key; the plain octets are wiped before this returns.
    ///
    /// # Errors
    /// `Malformed` when the container does not parse; `CredentialRefused` when the password is
    /// wrong; `Key` when the key inside is refused by [`SoftwareKey::from_pkcs8`].
    pub fn from_encrypted_pkcs8(container: &[u8], password: &[u8]) -> Result<Self> {
        let container = EncryptedPrivateKeyInfo::from_der(container).map_err(|_| {
            Error::malformed(
                "EncryptedPrivateKeyInfo",
                "not DER of an encrypted PKCS#8 key with PBES2",
            )
        })?;
        let plain = container.decrypt(password).map_err(|_| {
            Error::new(
                Kind::CredentialRefused,
                "the passphrase does not open the key",
            )
        })?;
        Self::from_pkcs8(plain.as_bytes())
    }

    /// Encrypts the key with AES-256-CBC under PBKDF2-HMAC-SHA-256, which `openssl pkcs8` reads.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty password or fewer rounds than [`MIN_ITERATIONS`]; `System`
    /// when there is no randomness.
    pub fn to_encrypted_pkcs8(&self, password: &[u8], iterations: u32) -> Result<Vec<u8>> {
        encrypt_pkcs8(self.to_pkcs8()?.as_ref(), password, iterations)
    }
}

/// Encrypts a PKCS#8 key of any kind, as [`SoftwareKey::to_encrypted_pkcs8`] does its own.
///
/// # Errors
/// As there; `Key` when `plain` is no DER of a PKCS#8 key.
pub fn encrypt_pkcs8(plain: &[u8], password: &[u8], iterations: u32) -> Result<Vec<u8>> {
    if password.is_empty() {
        return Err(Error::invalid("password", "is empty"));
    }
    if iterations < MIN_ITERATIONS {
        return Err(Error::invalid(
            "iterations",
            format!("must be at least {MIN_ITERATIONS}"),
        ));
    }
    let random = SystemRandom::new();
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    for octets in [&mut salt, &mut iv] {
        random
            .fill(octets)
            .map_err(|_| Error::new(Kind::System, "the system gives no randomness"))?;
    }
    let unusable = |_| Error::key("the private key can't be encrypted");
    let parameters =
        pbes2::Parameters::pbkdf2_sha256_aes256cbc(iterations, &salt, &iv).map_err(unusable)?;
    let encrypted = PrivateKeyInfo::from_der(plain)
        .map_err(|_| Error::key("the private key can't be encoded"))?
        .encrypt_with_params(parameters, password)
        .map_err(|_| Error::key("the private key can't be encrypted"))?;
    Ok(encrypted.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchSigner, sign};
    use formats::signing::Hash;

    #[test]
    fn a_key_survives_encryption_and_a_wrong_password_does_not_open_it() {
        let key = SoftwareKey::generate(2048).unwrap();
        let stored = key
            .to_encrypted_pkcs8(b"correct horse", MIN_ITERATIONS)
            .unwrap();
        let again = SoftwareKey::from_encrypted_pkcs8(&stored, b"correct horse").unwrap();
        assert_eq!(key.verifying_key().spki(), again.verifying_key().spki());
        let signature = sign(&again, Hash::Sha256, b"x").unwrap();
        let digest = Hash::Sha256.digest(b"x");
        assert!(key.verifying_key().verifies(&digest, &signature));
        assert!(SoftwareKey::from_encrypted_pkcs8(&stored, b"battery staple").is_err());
        assert!(SoftwareKey::from_encrypted_pkcs8(&stored[..200], b"correct horse").is_err());
        let other = key
            .to_encrypted_pkcs8(b"correct horse", MIN_ITERATIONS)
            .unwrap();
        assert_ne!(stored, other, "salt and IV are fresh");
    }

    #[test]
    fn weak_protection_is_refused() {
        let key = SoftwareKey::generate(2048).unwrap();
        assert!(key.to_encrypted_pkcs8(b"", MIN_ITERATIONS).is_err());
        assert!(key.to_encrypted_pkcs8(b"x", MIN_ITERATIONS - 1).is_err());
    }
}
