//! Signing on PKCS#11 devices.
//!
//! A [`module::Module`] is the vendor's library, initialised once per process; a [`Token`] is a
//! bounded pool of logged-in sessions on one token; a [`TokenKey`] signs through the pool and
//! checks every signature before it leaves. Making, listing and destroying keys is not done here.
mod failure;
mod key;
mod module;
mod permits;
mod pool;
mod public_key;
mod token;

pub use key::TokenKey;
pub use token::{Settings, Token};
