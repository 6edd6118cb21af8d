//! What is asked for: the values of one certificate.

use crate::der::oid::ObjectIdentifier;
use crate::signing::Hash;

/// The values of one certificate; which of them a kind takes, its profile says.
///
/// There is no `Debug`: a user certificate's are a person's attributes and belong in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// Serial number, big-endian unsigned; leading zeros are no part of it.
    pub serial: Vec<u8>,
    /// What is going to sign.
    pub signature: SignatureAlgorithm,
    /// Issuer DN: the issuer certificate's subject, byte for byte (`Name` DER).
    pub issuer: Vec<u8>,
    /// The issuer's public key, SubjectPublicKeyInfo DER: no other key may sign.
    pub issuer_key: Vec<u8>,
    /// Start of validity, seconds since 1970 UTC.
    pub not_before: i64,
    /// Last second of validity, seconds since 1970 UTC.
    pub not_after: i64,
    /// Whom the certificate is of.
    pub subject: Subject,
    /// The subject's key, SubjectPublicKeyInfo DER.
    pub public_key: Vec<u8>,
    /// For the extensions.
    pub values: Values,
}

/// Whom a certificate is of.
#[derive(Clone, PartialEq, Eq)]
pub enum Subject {
    /// A finished `Name`, DER.
    Name(Vec<u8>),
    /// A resident: C=JP, L, L, CN. No personal name.
    Person {
        /// First L: the prefecture, romanised.
        prefecture: String,
        /// Second L: the municipality, romanised.
        municipality: String,
        /// CN: time, sequence and window.
        common_name: String,
    },
}

/// Values for extensions. What a profile has no place for is refused, not left out.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Values {
    /// subjectAltName.
    pub subject_alt_name: Option<AltName>,
    /// issuerAltName's directoryName (`Name` DER).
    pub issuer_alt_name: Option<Vec<u8>>,
    /// pathLenConstraint.
    pub path_length: Option<u8>,
    /// certificatePolicies.
    pub policies: Option<Policies>,
    /// policyMappings: the issuer's policy, the subject's.
    pub mappings: Vec<(ObjectIdentifier, ObjectIdentifier)>,
    /// inhibitPolicyMapping 0.
    pub inhibit_mapping: bool,
    /// nameConstraints.
    pub names: Option<Subtrees>,
    /// The CRL distribution point's directoryName (`Name` DER).
    pub distribution_point: Option<Vec<u8>>,
    /// Where the list is fetched as well.
    pub distribution_url: Option<String>,
    /// OCSP address for authorityInfoAccess.
    pub ocsp_url: Option<String>,
    /// The issuer's subjectKeyIdentifier.
    pub authority_key_identifier: Option<Vec<u8>>,
    /// The subject's key identifier as its own certificates state it.
    pub subject_key_identifier: Option<Vec<u8>>,
}

/// subjectAltName.
#[derive(Clone, PartialEq, Eq)]
pub enum AltName {
    /// One directoryName (`Name` DER).
    Directory(Vec<u8>),
    /// The six otherNames of a person, in the order of the profile.
    Person([String; 6]),
}

/// certificatePolicies.
#[derive(Clone, PartialEq, Eq)]
pub struct Policies {
    /// At least one, none twice.
    pub identifiers: Vec<ObjectIdentifier>,
    /// CPS qualifier of each.
    pub cps_url: Option<String>,
}

/// nameConstraints of directoryNames, each a `Name` in DER.
#[derive(Clone, PartialEq, Eq)]
pub struct Subtrees {
    /// permittedSubtrees.
    pub permitted: Vec<Vec<u8>>,
    /// excludedSubtrees.
    pub excluded: Vec<Vec<u8>>,
}

/// RSASSA-PKCS1-v1_5 with one of the hashes the technical standards allow (RFC 4055 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureAlgorithm {
    /// sha256WithRSAEncryption.
    Sha256,
    /// sha384WithRSAEncryption.
    Sha384,
    /// sha512WithRSAEncryption.
    Sha512,
}

impl SignatureAlgorithm {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its object identifier; the parameters are NULL.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        *self.hash().signature_algorithm()
    }

    /// Its name in RFC 4055.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256WithRSAEncryption",
            Self::Sha384 => "sha384WithRSAEncryption",
            Self::Sha512 => "sha512WithRSAEncryption",
        }
    }

    /// What it hashes with.
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::Sha256 => Hash::Sha256,
            Self::Sha384 => Hash::Sha384,
            Self::Sha512 => Hash::Sha512,
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The one with this object identifier.
    #[must_use]
    pub fn by_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.oid() == oid)
    }
}
