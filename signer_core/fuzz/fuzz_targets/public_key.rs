//! `SubjectPublicKeyInfo` as partners and requests bring it.
#![no_main]

use formats::signing::{Hash, PublicKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|der: &[u8]| {
    if let Ok(key) = PublicKey::from_spki(der) {
        assert_eq!(key.spki(), der);
        assert!(key.bits() >= 2048);
        let signature = vec![1; key.signature_len()];
        assert!(!key.verifies(&Hash::Sha256.digest(b"message"), &signature));
    }
});
