//! A key of either kind, as an argument of the functions that build and sign.

use formats::signing::Signer;
use pyo3::prelude::*;

use super::pkcs11::Pkcs11Key;
use super::software::SoftwareKey;

/// In this process's memory, or on a device.
#[derive(FromPyObject)]
pub(super) enum AnyKey<'py> {
    Software(PyRef<'py, SoftwareKey>),
    Token(PyRef<'py, Pkcs11Key>),
}

impl AnyKey<'_> {
    /// What signs with it.
    pub(super) fn signer(&self) -> &dyn Signer {
        match self {
            Self::Software(key) => key.signer(),
            Self::Token(key) => key.signer(),
        }
    }
}
