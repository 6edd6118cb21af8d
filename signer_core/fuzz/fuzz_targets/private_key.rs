//! PKCS#8 keys taken over from elsewhere: arbitrary octets, and a good key with octets changed.
//! What is accepted must sign, and errors must be short: they never repeat the key.
#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use formats::signing::Hash;
use keys::{SoftwareKey, sign};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
enum Input {
    Octets(Vec<u8>),
    Changes(Vec<(u16, u8)>),
}

/// Made anew in each run: no private key lies in the repository.
static GOOD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der: Pkcs8V1Der<'_> = pair.as_der().expect("its encoding");
    der.as_ref().to_vec()
});

fuzz_target!(|input: Input| {
    let der = match input {
        Input::Octets(octets) => octets,
        Input::Changes(changes) => {
            let mut der = GOOD.clone();
            for (at, octet) in changes {
                let at = usize::from(at) % der.len();
                der[at] = octet;
            }
            der
        }
    };
    match SoftwareKey::from_pkcs8(&der) {
        Ok(key) => assert!(sign(&key, Hash::Sha256, b"message").is_ok()),
        Err(error) => assert!(error.to_string().len() < 200),
    }
});
