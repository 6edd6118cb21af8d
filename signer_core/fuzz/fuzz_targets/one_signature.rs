//! One RSA-2048 verification in the lanes beside AWS-LC's: both say the same of every key, message and
//! signature. Numbers that are drawn hardly ever are a signature; so there is a key that signs, and there
//! are keys that are made for a signature.
#![no_main]

use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{self as lc, KeyPair as _, RsaEncoding, UnparsedPublicKey};
use crypto_bigint::BoxedUint;
use formats::signing::encoded_message;
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;
use path::SignaturePolicy;
use path::signature::{Algorithm, Hash, PublicKey};

const OCTETS: usize = 256;

#[derive(Arbitrary, Debug)]
struct Input {
    function: u8,
    message: Vec<u8>,
    signer: Signer,
    changes: Vec<Change>,
}

#[derive(Arbitrary, Debug)]
enum Signer {
    /// A usual key.
    Usual,
    /// One whose modulus is s³ less the encoded message: s is a signature with the exponent 3.
    Fitted([u8; 85]),
    /// Numbers as they came, of 2,048 bits and odd when so wanted, and a signature.
    Drawn(Box<[u8; OCTETS]>, bool, u64, Box<[u8; OCTETS]>),
}

/// Of a signature.
#[derive(Arbitrary, Debug)]
enum Change {
    Octet(u8, u8),
    PlusModulus,
    MinusModulus,
    FromModulus,
    Cut(u8),
    Longer(Vec<u8>),
}

struct Signed {
    modulus: Vec<u8>,
    exponent: u64,
    signature: Vec<u8>,
}

/// Made anew in each run: no private key lies in the repository.
static USUAL: LazyLock<KeyPair> = LazyLock::new(|| {
    // Without lanes AWS-LC is held to itself.
    let _ = rsa_lanes::testing::are_missing();
    KeyPair::generate(KeySize::Rsa2048).expect("a key")
});

type Function = (
    Hash,
    formats::signing::Hash,
    &'static lc::RsaParameters,
    &'static dyn RsaEncoding,
);

fn function(number: u8) -> Function {
    use formats::signing::Hash as Formats;
    match number % 3 {
        0 => (
            Hash::Sha256,
            Formats::Sha256,
            &lc::RSA_PKCS1_2048_8192_SHA256,
            &lc::RSA_PKCS1_SHA256,
        ),
        1 => (
            Hash::Sha384,
            Formats::Sha384,
            &lc::RSA_PKCS1_2048_8192_SHA384,
            &lc::RSA_PKCS1_SHA384,
        ),
        _ => (
            Hash::Sha512,
            Formats::Sha512,
            &lc::RSA_PKCS1_2048_8192_SHA512,
            &lc::RSA_PKCS1_SHA512,
        ),
    }
}

fn number(octets: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice_truncated(octets, 2048)
}

fn octets(number: &BoxedUint) -> Vec<u8> {
    number.to_be_bytes().into_vec()
}

fn signed(input: &Input) -> Signed {
    let (_, function, _, encoding) = function(input.function);
    match &input.signer {
        Signer::Usual => {
            let public = USUAL.public_key();
            let mut signature = vec![0; OCTETS];
            USUAL
                .sign(
                    encoding,
                    &SystemRandom::new(),
                    &input.message,
                    &mut signature,
                )
                .expect("a signature");
            Signed {
                modulus: public.modulus().big_endian_without_leading_zero().to_vec(),
                exponent: 65537,
                signature,
            }
        }
        Signer::Fitted(drawn) => {
            let encoded = encoded_message(&function.digest(&input.message), OCTETS);
            // Between 5.5 and 6 times 2^680, so that its cube has 2,048 bits with room below.
            let mut root = [&[5], &drawn[..]].concat();
            root[1] |= 0x80;
            let last = root.len() - 1;
            root[last] = root[last] & 0xfe | !encoded[OCTETS - 1] & 1;
            let root = number(&root);
            let cube = root.wrapping_mul(&root).wrapping_mul(&root);
            Signed {
                modulus: octets(&cube.wrapping_sub(number(&encoded))),
                exponent: 3,
                signature: octets(&root),
            }
        }
        Signer::Drawn(modulus, fit, exponent, signature) => {
            let mut modulus = modulus.to_vec();
            if *fit {
                modulus[0] |= 0x80;
                modulus[OCTETS - 1] |= 1;
            }
            Signed {
                modulus,
                exponent: *exponent,
                signature: signature.to_vec(),
            }
        }
    }
}

fn changed(mut signature: Vec<u8>, modulus: &[u8], changes: &[Change]) -> Vec<u8> {
    let modulus = number(modulus);
    for change in changes {
        match change {
            Change::Octet(at, by) => {
                if let Some(octet) = signature.get_mut(usize::from(*at)) {
                    *octet ^= by;
                }
            }
            Change::PlusModulus => signature = octets(&number(&signature).wrapping_add(&modulus)),
            Change::MinusModulus => signature = octets(&number(&signature).wrapping_sub(&modulus)),
            Change::FromModulus => signature = octets(&modulus.wrapping_sub(number(&signature))),
            Change::Cut(octets) => signature.truncate(usize::from(*octets)),
            Change::Longer(octets) => signature.extend_from_slice(octets),
        }
    }
    signature
}

/// DER of an element.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len() as u16;
    let head = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => [&[tag, 0x82], &length.to_be_bytes()[..]].concat(),
    };
    [&head, content].concat()
}

/// DER of an INTEGER that is not negative.
fn integer(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let octets = &octets[zeros..];
    let sign: &[u8] = match octets.first() {
        Some(first) if *first < 0x80 => &[],
        _ => &[0],
    };
    element(2, &[sign, octets].concat())
}

fn public_key(modulus: &[u8], exponent: u64) -> Vec<u8> {
    // rsaEncryption with its NULL.
    const ALGORITHM: [u8; 15] = [
        0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0,
    ];
    let numbers = [integer(modulus), integer(&exponent.to_be_bytes())].concat();
    let bits = [&[0], &element(0x30, &numbers)[..]].concat();
    element(0x30, &[&ALGORITHM, &element(3, &bits)[..]].concat())
}

fuzz_target!(|input: Input| {
    let (hash, _, parameters, _) = function(input.function);
    let signed = signed(&input);
    let spki = public_key(&signed.modulus, signed.exponent);
    let holds = |signature: &[u8]| {
        let theirs = UnparsedPublicKey::new(parameters, &spki).verify(&input.message, signature);
        let ours = PublicKey::read(&spki).expect("an SPKI").verify_alone(
            Algorithm::Pkcs1(hash),
            &input.message,
            signature,
            &SignaturePolicy::default(),
        );
        assert_eq!(ours.is_ok(), theirs.is_ok(), "{ours:?}");
        ours.is_ok()
    };
    let good = holds(&signed.signature);
    assert!(good || matches!(input.signer, Signer::Drawn(..)));
    let other = changed(signed.signature.clone(), &signed.modulus, &input.changes);
    assert!(!holds(&other) || other == signed.signature || !good);
});
