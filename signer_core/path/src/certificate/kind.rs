//! The extensions that are known here.

/// Which extension of RFC 5280 it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    SubjectKeyIdentifier,
    KeyUsage,
    SubjectAltName,
    BasicConstraints,
    NameConstraints,
    CrlDistributionPoints,
    CertificatePolicies,
    PolicyMappings,
    AuthorityKeyIdentifier,
    PolicyConstraints,
    ExtendedKeyUsage,
    FreshestCrl,
    InhibitAnyPolicy,
    AuthorityInfoAccess,
    SubjectInfoAccess,
    /// None of these.
    Other,
}

impl Kind {
    /// How many are known.
    pub(super) const KNOWN: usize = Self::Other as usize;

    /// By the octets of the identifier: id-ce is 2.5.29, id-pe 1.3.6.1.5.5.7.1.
    pub(super) fn of(oid: &[u8]) -> Self {
        match oid {
            [0x55, 0x1d, arc] => match arc {
                14 => Self::SubjectKeyIdentifier,
                15 => Self::KeyUsage,
                17 => Self::SubjectAltName,
                19 => Self::BasicConstraints,
                30 => Self::NameConstraints,
                31 => Self::CrlDistributionPoints,
                32 => Self::CertificatePolicies,
                33 => Self::PolicyMappings,
                35 => Self::AuthorityKeyIdentifier,
                36 => Self::PolicyConstraints,
                37 => Self::ExtendedKeyUsage,
                46 => Self::FreshestCrl,
                54 => Self::InhibitAnyPolicy,
                _ => Self::Other,
            },
            [0x2b, 6, 1, 5, 5, 7, 1, 1] => Self::AuthorityInfoAccess,
            [0x2b, 6, 1, 5, 5, 7, 1, 11] => Self::SubjectInfoAccess,
            _ => Self::Other,
        }
    }

    /// RFC 5280's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SubjectKeyIdentifier => "subjectKeyIdentifier",
            Self::KeyUsage => "keyUsage",
            Self::SubjectAltName => "subjectAltName",
            Self::BasicConstraints => "basicConstraints",
            Self::NameConstraints => "nameConstraints",
            Self::CrlDistributionPoints => "cRLDistributionPoints",
            Self::CertificatePolicies => "certificatePolicies",
            Self::PolicyMappings => "policyMappings",
            Self::AuthorityKeyIdentifier => "authorityKeyIdentifier",
            Self::PolicyConstraints => "policyConstraints",
            Self::ExtendedKeyUsage => "extKeyUsage",
            Self::FreshestCrl => "freshestCRL",
            Self::InhibitAnyPolicy => "inhibitAnyPolicy",
            Self::AuthorityInfoAccess => "authorityInfoAccess",
            Self::SubjectInfoAccess => "subjectInfoAccess",
            Self::Other => "extension",
        }
    }

    /// Whether it may be critical: RFC 5280 4.2. Purposes of extKeyUsage are the application's to
    /// ask about, and distribution points the revocation check's.
    pub(super) fn is_processed(self) -> bool {
        matches!(
            self,
            Self::KeyUsage
                | Self::BasicConstraints
                | Self::SubjectAltName
                | Self::CertificatePolicies
                | Self::NameConstraints
                | Self::PolicyConstraints
                | Self::PolicyMappings
                | Self::InhibitAnyPolicy
                | Self::ExtendedKeyUsage
                | Self::CrlDistributionPoints
        )
    }
}
