//! What a profile is made of.

use std::ops::RangeInclusive;

use crate::der::oid::{AUTHORITY_KEY_IDENTIFIER, ObjectIdentifier};

use super::oids;

/// One kind of certificate: everything about it that is not a value of the single certificate.
#[derive(Debug)]
pub struct Profile {
    /// What it is called in errors and by callers.
    pub name: &'static str,
    /// Significant bits of the serial number (RFC 5280 4.1.2.2: positive, at most 20 octets).
    pub serial_bits: RangeInclusive<usize>,
    /// Bits of the subject's RSA modulus.
    pub key_bits: RangeInclusive<usize>,
    /// The longest validity, both ends counted (RFC 5280 4.1.2.5).
    pub longest_days: i64,
    /// Whether notAfter must be the last second of a day in Japan.
    pub ends_with_day_in_japan: bool,
    /// How subject and issuer belong together.
    pub relation: Relation,
    /// The extensions in the order they stand in; no others are allowed.
    pub extensions: &'static [ExtensionRule],
}

/// Subject and issuer: their names and their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// One name, one key.
    SelfSigned,
    /// One name, two keys: two generations of one authority.
    SelfIssued,
    /// Two names, two keys.
    Issued,
}

/// One extension of a profile.
#[derive(Debug)]
pub struct ExtensionRule {
    /// Which, and what of its value the profile fixes.
    pub extension: Extension,
    /// As it must be marked.
    pub critical: bool,
    /// Whether it may be missing.
    pub presence: Presence,
}

/// Whether an extension may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Always there: without a value for it nothing is built.
    Always,
    /// There when its value is asked for, and only then.
    WhereAsked,
}

/// An extension, with what the profile fixes of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// keyUsage with these bits, bit 0 the lowest.
    KeyUsage(u16),
    /// basicConstraints with CA:TRUE, and pathLenConstraint where one is asked for.
    Authority,
    /// extendedKeyUsage with this purpose alone.
    ExtendedKeyUsage(ObjectIdentifier),
    /// id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1).
    OcspNoCheck,
    /// subjectAltName with one directoryName.
    DirectoryAltName,
    /// subjectAltName with the six otherNames of a person.
    PersonAltName,
    /// issuerAltName with one directoryName.
    IssuerAltName,
    /// certificatePolicies, each with the CPS URI where there is one.
    CertificatePolicies(PolicyRule),
    /// policyMappings.
    PolicyMappings,
    /// policyConstraints: requireExplicitPolicy 0, and inhibitPolicyMapping 0 where asked for.
    PolicyConstraints,
    /// nameConstraints of directoryNames.
    NameConstraints,
    /// cRLDistributionPoints: one point with a directoryName, and a URI where one is asked for.
    DistributionPoint(PointRule),
    /// authorityInfoAccess with the OCSP responder's address.
    OcspAccess,
    /// authorityKeyIdentifier with the keyIdentifier alone.
    AuthorityKeyIdentifier,
    /// subjectKeyIdentifier, the SHA-1 of the key (RFC 5280 4.2.1.2, method 1).
    OwnKeyIdentifier,
    /// subjectKeyIdentifier as the subject's own certificates state it.
    StatedKeyIdentifier,
}

/// Which policies a certificate may state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyRule {
    /// One, with the CPS URI.
    OneWithCps,
    /// One or more by name, never anyPolicy.
    Named,
    /// One or more, anyPolicy among them where wanted.
    Any,
}

/// Which list a distribution point's directoryName is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointRule {
    /// The authority revocation list: the issuer's own name.
    Issuer,
    /// A partition of the users' list: a name of its own.
    Partition,
}

impl Extension {
    /// extnID.
    #[must_use]
    pub const fn oid(&self) -> ObjectIdentifier {
        match self {
            Self::KeyUsage(_) => oids::KEY_USAGE,
            Self::Authority => oids::BASIC_CONSTRAINTS,
            Self::ExtendedKeyUsage(_) => oids::EXTENDED_KEY_USAGE,
            Self::OcspNoCheck => oids::OCSP_NO_CHECK,
            Self::DirectoryAltName | Self::PersonAltName => oids::SUBJECT_ALT_NAME,
            Self::IssuerAltName => oids::ISSUER_ALT_NAME,
            Self::CertificatePolicies(_) => oids::CERTIFICATE_POLICIES,
            Self::PolicyMappings => oids::POLICY_MAPPINGS,
            Self::PolicyConstraints => oids::POLICY_CONSTRAINTS,
            Self::NameConstraints => oids::NAME_CONSTRAINTS,
            Self::DistributionPoint(_) => oids::CRL_DISTRIBUTION_POINTS,
            Self::OcspAccess => oids::AUTHORITY_INFO_ACCESS,
            Self::AuthorityKeyIdentifier => AUTHORITY_KEY_IDENTIFIER,
            Self::OwnKeyIdentifier | Self::StatedKeyIdentifier => oids::SUBJECT_KEY_IDENTIFIER,
        }
    }

    /// Its name in RFC 5280 and RFC 6960.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::KeyUsage(_) => "keyUsage",
            Self::Authority => "basicConstraints",
            Self::ExtendedKeyUsage(_) => "extendedKeyUsage",
            Self::OcspNoCheck => "ocsp-nocheck",
            Self::DirectoryAltName | Self::PersonAltName => "subjectAltName",
            Self::IssuerAltName => "issuerAltName",
            Self::CertificatePolicies(_) => "certificatePolicies",
            Self::PolicyMappings => "policyMappings",
            Self::PolicyConstraints => "policyConstraints",
            Self::NameConstraints => "nameConstraints",
            Self::DistributionPoint(_) => "cRLDistributionPoints",
            Self::OcspAccess => "authorityInfoAccess",
            Self::AuthorityKeyIdentifier => "authorityKeyIdentifier",
            Self::OwnKeyIdentifier | Self::StatedKeyIdentifier => "subjectKeyIdentifier",
        }
    }
}
