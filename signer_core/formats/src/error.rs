//! One error type for the crate; `py` turns it into Python exceptions in one place.

use std::fmt;

/// Everything the core can refuse. Messages never hold key material or personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Foreign bytes that do not parse: what was being read and why it was refused.
    Malformed {
        /// The structure being read, e.g. `OCSPRequest`.
        what: &'static str,
        /// The rule that was broken.
        why: String,
    },
    /// A caller's argument is outside what the operation takes.
    InvalidArgument(String),
    /// A key can't do what was asked of it.
    Key(String),
    /// A signature did not verify with the public key before release.
    SignatureCheckFailed,
    /// What was built does not say what was asked for: field and rule.
    ProfileMismatch(String),
    /// The key device is gone or refused; the caller may try again.
    DeviceUnavailable(String),
    /// No key of that name is where it was looked for.
    KeyNotFound(String),
    /// A PIN or passphrase was refused.
    CredentialRefused(String),
}

/// Results of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { what, why } => write!(f, "{what}: {why}"),
            Self::InvalidArgument(why) => write!(f, "{why}"),
            Self::Key(why) => write!(f, "key: {why}"),
            Self::SignatureCheckFailed => {
                f.write_str("signature did not verify with the public key; it was not released")
            }
            Self::ProfileMismatch(why) => write!(f, "profile check: {why}"),
            Self::DeviceUnavailable(why) => write!(f, "key device: {why}"),
            Self::KeyNotFound(why) | Self::CredentialRefused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl From<threads::NoThreads> for Error {
    fn from(error: threads::NoThreads) -> Self {
        Self::InvalidArgument(format!("threads: {error}"))
    }
}
