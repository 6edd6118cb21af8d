//! `OpenJPKI`'s signing core.
//!
//! Pure Rust below, one thin layer for Python in [`py`]. Each folder holds one idea.
#[forbid(unsafe_code)]
pub mod cert;
#[forbid(unsafe_code)]
pub mod cms;
#[forbid(unsafe_code)]
pub mod crl;
#[forbid(unsafe_code)]
pub mod der;
#[forbid(unsafe_code)]
pub mod error;
#[forbid(unsafe_code)]
pub mod index;
#[forbid(unsafe_code)]
pub mod ocsp;
#[forbid(unsafe_code)]
pub mod pkcs11;
#[cfg(feature = "python")]
mod py;
pub mod rsa;
