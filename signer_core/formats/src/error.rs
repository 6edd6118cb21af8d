//! What every crate of the workspace refuses with: data first, and a text made of it.
//!
//! Nobody reads the text but people. Whoever must tell refusals apart asks for [`Error::kind`],
//! [`Error::field`], [`Error::place`] and [`Error::rule`]; the crate `python` hands the same four on
//! as attributes of its exceptions. None of them ever holds key material or personal data.

use std::borrow::Cow;
use std::fmt;

/// What sort of refusal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Foreign bytes that do not parse. The field is the structure being read.
    Malformed,
    /// Foreign bytes that parse, with more behind their end.
    TrailingBytes,
    /// A caller's argument is outside what the operation takes.
    InvalidArgument,
    /// What was built does not say what was asked for.
    ProfileMismatch,
    /// A signature did not verify with the public key before release.
    SignatureCheckFailed,
    /// A key can't do what was asked of it.
    Key,
    /// The key device is gone or refused; the caller may try again.
    DeviceUnavailable,
    /// No key of that name is where it was looked for.
    KeyNotFound,
    /// A PIN or passphrase was refused.
    CredentialRefused,
    /// The system gives no threads or no randomness.
    System,
}

impl Kind {
    /// Every kind there is.
    pub const ALL: [Self; 10] = [
        Self::Malformed,
        Self::TrailingBytes,
        Self::InvalidArgument,
        Self::ProfileMismatch,
        Self::SignatureCheckFailed,
        Self::Key,
        Self::DeviceUnavailable,
        Self::KeyNotFound,
        Self::CredentialRefused,
        Self::System,
    ];

    /// Its name outside Rust.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::TrailingBytes => "trailing_bytes",
            Self::InvalidArgument => "invalid_argument",
            Self::ProfileMismatch => "profile_mismatch",
            Self::SignatureCheckFailed => "signature_check_failed",
            Self::Key => "key",
            Self::DeviceUnavailable => "device_unavailable",
            Self::KeyNotFound => "key_not_found",
            Self::CredentialRefused => "credential_refused",
            Self::System => "system",
        }
    }

    /// What the text begins with, where kinds would read alike without.
    const fn opening(self) -> &'static str {
        match self {
            Self::ProfileMismatch => "profile check: ",
            Self::Key => "key: ",
            Self::DeviceUnavailable => "key device: ",
            _ => "",
        }
    }

    /// What the text has between field and rule. A certificate's field and its fault are a sentence.
    const fn between(self) -> &'static str {
        match self {
            Self::ProfileMismatch => " ",
            _ => ": ",
        }
    }
}

/// Where in what was handed in, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One request of a batch.
    Request(usize),
    /// One row of columns.
    Row(usize),
}

impl Place {
    /// The number of the request or row.
    #[must_use]
    pub const fn number(self) -> usize {
        match self {
            Self::Request(number) | Self::Row(number) => number,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Request(number) => write!(f, "request {number}"),
            Self::Row(number) => write!(f, "row {number}"),
        }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    field: Option<&'static str>,
    place: Option<Place>,
    rule: Cow<'static, str>,
}

/// Results of these crates.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A refusal that concerns no single field: `rule` says what was broken.
    #[must_use]
    pub fn new(kind: Kind, rule: impl Into<Cow<'static, str>>) -> Self {
        Self {
            kind,
            field: None,
            place: None,
            rule: rule.into(),
        }
    }

    /// A refusal of one field, or of one structure of foreign bytes.
    #[must_use]
    pub fn of(kind: Kind, field: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self {
            field: Some(field),
            ..Self::new(kind, rule)
        }
    }

    /// Foreign bytes that are no such structure.
    #[must_use]
    pub fn malformed(structure: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Kind::Malformed, structure, rule)
    }

    /// Foreign bytes that the parser of DER refused. A fixed text for each kind of fault: the
    /// parser's own texts repeat parts of the input.
    #[must_use]
    pub fn not_der(structure: &'static str, fault: der::ErrorKind) -> Self {
        match fault {
            der::ErrorKind::TrailingData { .. } => {
                Self::of(Kind::TrailingBytes, structure, "has bytes after its end")
            }
            der::ErrorKind::Incomplete { .. } => Self::malformed(structure, "is cut short"),
            der::ErrorKind::IndefiniteLength => {
                Self::malformed(structure, "is BER with indefinite lengths, not DER")
            }
            _ => Self::malformed(structure, "is not DER of its type"),
        }
    }

    /// An argument that the operation does not take.
    #[must_use]
    pub fn invalid(field: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Kind::InvalidArgument, field, rule)
    }

    /// A field of what was built that does not say what was asked for.
    #[must_use]
    pub fn mismatch(field: &'static str, rule: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Kind::ProfileMismatch, field, rule)
    }

    /// A signature that was not released.
    #[must_use]
    pub fn signature_check_failed() -> Self {
        Self::new(
            Kind::SignatureCheckFailed,
            "signature did not verify with the public key; it was not released",
        )
    }

    /// A key that can't do what was asked of it.
    #[must_use]
    pub fn key(rule: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Key, rule)
    }

    /// The same, of a field that the caller knows by another name.
    #[must_use]
    pub fn in_field(self, field: &'static str) -> Self {
        Self {
            field: Some(field),
            ..self
        }
    }

    /// The same, of one request of a batch.
    #[must_use]
    pub fn in_request(self, number: usize) -> Self {
        Self {
            place: Some(Place::Request(number)),
            ..self
        }
    }

    /// The same, of one row of columns.
    #[must_use]
    pub fn in_row(self, number: usize) -> Self {
        Self {
            place: Some(Place::Row(number)),
            ..self
        }
    }

    /// What sort of refusal it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The field, or the structure of foreign bytes, that was refused, where it is one.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        self.field
    }

    /// Which request or row it stands in, where there are several.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// The rule that was broken: words that follow the field's name in a sentence.
    #[must_use]
    pub fn rule(&self) -> &str {
        &self.rule
    }
}

impl fmt::Display for Error {
    /// `profile check: request 3: subject does not have four parts`, with what there is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.opening())?;
        if let Some(place) = self.place {
            write!(f, "{place}: ")?;
        }
        if let Some(field) = self.field {
            let between = self.kind.between();
            write!(f, "{field}{between}")?;
        }
        f.write_str(&self.rule)
    }
}

impl std::error::Error for Error {}

impl From<threads::NoThreads> for Error {
    fn from(error: threads::NoThreads) -> Self {
        Self::new(
            Kind::System,
            format!("the system gives no threads: {error}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_whatever_there_is() {
        let refused = Error::mismatch("subject", "does not have four parts");
        let text = refused.to_string();
        assert_eq!(text, "profile check: subject does not have four parts");
        let text = refused.in_request(3).to_string();
        assert_eq!(
            text,
            "profile check: request 3: subject does not have four parts"
        );
        assert_eq!(Error::key("can't sign").to_string(), "key: can't sign");
        let text = Error::invalid("serial", "must be positive")
            .in_row(0)
            .to_string();
        assert_eq!(text, "row 0: serial: must be positive");
    }

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        for (at, kind) in Kind::ALL.iter().enumerate() {
            let others = &Kind::ALL[at + 1..];
            assert!(others.iter().all(|other| other.name() != kind.name()));
        }
    }
}
