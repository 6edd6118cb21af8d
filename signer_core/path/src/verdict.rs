//! What validation answers with: reasons as data, and what was relied on.

use std::fmt;

use crate::Sha256;

/// Why a certificate or a path is not accepted. The names are stable: people's words for them are
/// in the catalogue, programs compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// The octets are no certificate, or a part that decides cannot be read.
    Unreadable,
    /// Read, but against a MUST of RFC 5280 section 4: version, serial number, times, an extension
    /// or policy twice, an extension where it must not be or with a value it must not have.
    Malformed,
    /// A public key that is not used here: its algorithm, size, curve or numbers.
    KeyRefused,
    /// A signature algorithm that is not allowed.
    AlgorithmRefused,
    /// The signature is not the issuer's over these octets.
    SignatureInvalid,
    /// The issuer's name is not the subject of the certificate above.
    IssuerMismatch,
    /// Before notBefore.
    NotYetValid,
    /// After notAfter.
    Expired,
    /// A critical extension that is not processed here.
    UnknownCriticalExtension,
    /// An issuer without basicConstraints cA.
    NotAnAuthority,
    /// More intermediate certificates than a pathLenConstraint allows.
    PathTooLong,
    /// An issuer whose keyUsage does not allow what it signed.
    KeyUsage,
    /// A name outside every permitted subtree of its form.
    NameNotPermitted,
    /// A name inside an excluded subtree.
    NameExcluded,
    /// A constraint on a form of names that cannot be compared, and a name of that form.
    NameConstraintUnsupported,
    /// A name that a constraint applies to and that cannot be read in its form.
    NameUnreadable,
    /// An explicit policy is required and none is left.
    PolicyRequired,
    /// A mapping to or from anyPolicy.
    PolicyMappingInvalid,
    /// Revoked at the time asked about.
    Revoked,
    /// Nothing usable says whether it was revoked.
    RevocationUnknown,
    /// No path from the target to an anchor was found.
    NoPath,
    /// The answer would have cost more signatures, steps or comparisons than allowed.
    LimitReached,
}

impl Reason {
    /// Every reason, in the order of their declaration.
    pub const ALL: [Self; 22] = [
        Self::Unreadable,
        Self::Malformed,
        Self::KeyRefused,
        Self::AlgorithmRefused,
        Self::SignatureInvalid,
        Self::IssuerMismatch,
        Self::NotYetValid,
        Self::Expired,
        Self::UnknownCriticalExtension,
        Self::NotAnAuthority,
        Self::PathTooLong,
        Self::KeyUsage,
        Self::NameNotPermitted,
        Self::NameExcluded,
        Self::NameConstraintUnsupported,
        Self::NameUnreadable,
        Self::PolicyRequired,
        Self::PolicyMappingInvalid,
        Self::Revoked,
        Self::RevocationUnknown,
        Self::NoPath,
        Self::LimitReached,
    ];

    /// The stable name, `snake_case`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Malformed => "malformed",
            Self::KeyRefused => "key_refused",
            Self::AlgorithmRefused => "algorithm_refused",
            Self::SignatureInvalid => "signature_invalid",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::UnknownCriticalExtension => "unknown_critical_extension",
            Self::NotAnAuthority => "not_an_authority",
            Self::PathTooLong => "path_too_long",
            Self::KeyUsage => "key_usage",
            Self::NameNotPermitted => "name_not_permitted",
            Self::NameExcluded => "name_excluded",
            Self::NameConstraintUnsupported => "name_constraint_unsupported",
            Self::NameUnreadable => "name_unreadable",
            Self::PolicyRequired => "policy_required",
            Self::PolicyMappingInvalid => "policy_mapping_invalid",
            Self::Revoked => "revoked",
            Self::RevocationUnknown => "revocation_unknown",
            Self::NoPath => "no_path",
            Self::LimitReached => "limit_reached",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a path is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The rule, in words for a log: constant text, no octet of any certificate.
    pub rule: &'static str,
    /// Which certificate of the path, 0 being the one the anchor issued; nothing when it is not
    /// about one certificate.
    pub index: Option<usize>,
    /// SHA-256 of that certificate's DER.
    pub certificate: Option<Sha256>,
    /// Since when it is revoked, and why, where that is the reason.
    pub revoked: Option<Revoked>,
    /// Whether it may be otherwise on another path to the same certificate, whatever the reason.
    pub(crate) of_path: bool,
}

/// What evidence says of a certificate that was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Since when, seconds since 1970.
    pub at: i64,
    /// CRLReason (RFC 5280 5.3.1).
    pub reason: u8,
}

impl Refusal {
    /// A refusal that is not, or not yet, about one certificate of a path.
    #[must_use]
    pub const fn new(reason: Reason, rule: &'static str) -> Self {
        Self {
            reason,
            rule,
            index: None,
            certificate: None,
            revoked: None,
            of_path: false,
        }
    }

    /// A refusal of a certificate that was revoked; without a reason: unspecified.
    #[must_use]
    pub const fn revoked(rule: &'static str, at: i64, reason: Option<u8>) -> Self {
        let reason = match reason {
            Some(reason) => reason,
            None => 0,
        };
        let mut refusal = Self::new(Reason::Revoked, rule);
        refusal.revoked = Some(Revoked { at, reason });
        refusal
    }

    /// The same, where another path to the same certificate may do.
    #[must_use]
    pub(crate) const fn of_path(mut self) -> Self {
        self.of_path = true;
        self
    }

    /// The same, about this certificate of the path; what was already said stays.
    #[must_use]
    pub fn at(mut self, index: usize, certificate: &Sha256) -> Self {
        self.index.get_or_insert(index);
        self.certificate.get_or_insert(*certificate);
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason, self.rule)
    }
}

impl std::error::Error for Refusal {}

/// What said that a certificate was not revoked, by SHA-256 of its DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Revocation lists that cover it together.
    Lists(Vec<Sha256>),
    /// The same, where one has a lower number than an earlier list of its row and was taken because
    /// the rules accept that.
    RenumberedLists(Vec<Sha256>),
    /// An OCSP response.
    Response(Sha256),
    /// A responder's certificate with id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1).
    NotAsked,
}
