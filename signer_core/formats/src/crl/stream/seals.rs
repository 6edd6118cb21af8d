//! Shows that blocks read back are the blocks that were written.
//!
//! Between the two they are in a file, and whoever can write there could have an entry left out of
//! what is signed. GMAC (NIST SP 800-38D: AES-GCM with nothing to encrypt) under a key that is drawn
//! for one list and never leaves it finds any change but for odds of about 2^-114 a block, and costs
//! less than a tenth of the hash, which is why it is not another hash.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, Tag, UnboundKey};
use aws_lc_rs::rand;

use crate::error::{Error, Result};

/// The seals of the blocks written so far, in order.
pub(super) struct Seals {
    key: LessSafeKey,
    tags: Vec<Tag>,
}

impl Seals {
    /// # Errors
    /// `Key` when the system gives no randomness.
    pub(super) fn new() -> Result<Self> {
        let mut secret = [0; 32];
        rand::fill(&mut secret).map_err(|_| failed())?;
        let key = UnboundKey::new(&AES_256_GCM, &secret).map_err(|_| failed())?;
        Ok(Self {
            key: LessSafeKey::new(key),
            tags: Vec::new(),
        })
    }

    /// How many blocks were sealed.
    pub(super) fn len(&self) -> usize {
        self.tags.len()
    }

    /// Seals the next block.
    pub(super) fn put(&mut self, block: &[u8]) -> Result<()> {
        let tag = self.seal(self.tags.len(), block)?;
        self.tags.push(tag);
        Ok(())
    }

    /// # Errors
    /// `ProfileMismatch` unless this is the block of that number.
    pub(super) fn check(&self, number: usize, block: &[u8]) -> Result<()> {
        let found = self.seal(number, block)?;
        // Not in constant time: nobody is asked again, the list is dropped at the first difference.
        match self.tags.get(number) {
            Some(tag) if tag.as_ref() == found.as_ref() => Ok(()),
            _ => Err(Error::ProfileMismatch(
                "revokedCertificates: the file holds other octets than were written".into(),
            )),
        }
    }

    fn seal(&self, number: usize, block: &[u8]) -> Result<Tag> {
        // The number is the nonce, so blocks that change places are found too.
        let mut nonce = [0; NONCE_LEN];
        nonce[..8].copy_from_slice(&(number as u64).to_le_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_separate_tag(nonce, Aad::from(block), &mut [])
            .map_err(|_| failed())
    }
}

fn failed() -> Error {
    Error::Key("a block of the list could not be sealed".into())
}
