//! `OpenJPKI`'s signing core.
//!
//! Pure Rust below, one thin layer for Python in [`py`]. Each folder holds one idea.
pub mod cert;
pub mod cms;
pub mod crl;
pub mod der;
pub mod error;
pub mod index;
pub mod ocsp;
pub mod pkcs11;
#[cfg(feature = "python")]
mod py;
pub mod rsa;
