//! Certificates, read once and kept as they came.

mod extensions;
mod faults;
mod kind;
mod tbs;
#[cfg(test)]
mod tests;
mod values;

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use extensions::Extensions;
use tbs::Tbs;

use crate::distribution::PointName;
use crate::names::{Constraints, GeneralName, Name};
use crate::octets::{SEQUENCE, only, range_of};
use crate::signature::{Envelope, Hash, PublicKey, Received, Signatures, Signed};
use crate::verdict::{Reason, Refusal};
use crate::{Oid, Sha256, Unreadable, distribution, extension};

pub(crate) use kind::Kind;
pub use values::AuthorityKeyIdentifier;

/// No certificate of use is as long; a longer one is not read.
pub const MAXIMUM_OCTETS: usize = 512 * 1024;

const SHA1_OCTETS: usize = 20;

/// Octets of a SubjectPublicKeyInfo; of the longest RSA key, with parameters for PSS, some 1,150.
const LONGEST_KEY: usize = 1200;

/// Bits 0 and 1 of keyUsage.
pub const DIGITAL_SIGNATURE: usize = 0;
/// See [`DIGITAL_SIGNATURE`]; also called contentCommitment.
pub const NON_REPUDIATION: usize = 1;
/// Bit 5 of keyUsage.
pub const KEY_CERT_SIGN: usize = 5;
/// Bit 6 of keyUsage.
pub const CRL_SIGN: usize = 6;

/// A certificate: its octets as received, and what they say. Clones share both.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    received: Received,
    serial: Range<usize>,
    issuer: Name,
    subject: Name,
    self_issued: bool,
    not_before: i64,
    not_after: i64,
    key: PublicKey,
    version_3: bool,
    extensions: Extensions,
    fault: Option<Refusal>,
    constraints: OnceLock<Option<Constraints>>,
    identifier_of_key: OnceLock<bool>,
}

impl Certificate {
    /// Reads one DER `Certificate`, nothing after it.
    ///
    /// # Errors
    /// [`Unreadable`] when it is no DER of RFC 5280's certificate, an extension used in validation
    /// included. What can be read and breaks a rule of section 4 is refused by validation instead:
    /// see [`Self::fault`].
    pub fn read(octets: &[u8]) -> Result<Self, Unreadable> {
        if octets.len() > MAXIMUM_OCTETS {
            return Err(Unreadable::new("certificate", "is longer than 512 KiB"));
        }
        let envelope = Envelope::read(octets, "certificate")?;
        let tbs = Tbs::read(envelope.content)
            .map_err(|_| Unreadable::new("tbsCertificate", "is not DER of it"))?;
        let extensions = match tbs.extensions {
            Some(content) => Extensions::read(content, octets)?,
            None => Extensions::default(),
        };
        let issuer = Name::read(tbs.issuer)?;
        let subject = if tbs.subject == tbs.issuer {
            issuer.clone()
        } else {
            Name::read(tbs.subject)?
        };
        let fault = faults::first(
            &tbs,
            envelope.algorithm,
            octets,
            &issuer,
            &subject,
            &extensions,
        );
        Ok(Self(Arc::new(Inner {
            received: Received::new(octets.into(), envelope.parts(octets)),
            serial: range_of(octets, tbs.serial),
            self_issued: issuer == subject,
            issuer,
            subject,
            not_before: tbs.not_before,
            not_after: tbs.not_after,
            key: PublicKey::read(tbs.key)?,
            version_3: tbs.version == Some(2),
            extensions,
            fault,
            constraints: OnceLock::new(),
            identifier_of_key: OnceLock::new(),
        })))
    }

    /// The DER, as received.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        self.0.received.octets()
    }

    /// SHA-256 of the DER.
    #[must_use]
    pub fn sha256(&self) -> &Sha256 {
        self.0.received.sha256()
    }

    /// Content octets of the serial number's INTEGER, sign octet included.
    #[must_use]
    pub fn serial(&self) -> &[u8] {
        self.part(&self.0.serial)
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.0.issuer
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// notBefore, seconds since 1970.
    #[must_use]
    pub fn not_before(&self) -> i64 {
        self.0.not_before
    }

    /// notAfter, seconds since 1970.
    #[must_use]
    pub fn not_after(&self) -> i64 {
        self.0.not_after
    }

    /// The subject's public key.
    #[must_use]
    pub fn key(&self) -> &PublicKey {
        &self.0.key
    }

    /// Verifies its signature, once with each key for as long as it is kept: of a pool's certificates
    /// every question asks whether a key certified them.
    ///
    /// # Errors
    /// As [`Signatures::verify`].
    pub(crate) fn verify(
        &self,
        key: &PublicKey,
        signatures: &mut Signatures,
    ) -> Result<(), Reason> {
        self.0.received.verify(key, signatures)
    }

    /// SHA-256 of the key whose its signature was found to be, by whoever asked before.
    pub(crate) fn known_maker(&self) -> Option<&Sha256> {
        self.0.received.known_maker()
    }

    /// What is signed, with what, and the signature.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        self.0.received.signed()
    }

    /// The first rule of RFC 5280 section 4 that the certificate breaks, unknown critical
    /// extensions among them. Validation refuses with it.
    #[must_use]
    pub fn fault(&self) -> Option<&Refusal> {
        self.0.fault.as_ref()
    }

    /// Whether issuer and subject are the same name (RFC 5280 6.1).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.0.self_issued
    }

    /// Whether it is of version 3, the one that has extensions.
    #[must_use]
    pub fn is_version_3(&self) -> bool {
        self.0.version_3
    }

    /// subjectKeyIdentifier.
    #[must_use]
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        values::key_identifier(self.value_of(Kind::SubjectKeyIdentifier)?).ok()
    }

    /// Whether subjectKeyIdentifier is a hash of the key, as authorities make it (RFC 5280 4.2.1.2 (1),
    /// RFC 7093 2 (1) and (4)). Such a one can be copied, and made for another key only if that has the
    /// same numbers or point: the algorithm is not hashed. A pool's are found out when it is read.
    pub(crate) fn has_identifier_of_key(&self) -> bool {
        *self.0.identifier_of_key.get_or_init(|| {
            // Nothing else than a key of a size that is used at all is hashed.
            if self.key().kind().is_none() || self.key().spki().len() > LONGEST_KEY {
                return false;
            }
            let key = self.key().octets();
            match self.subject_key_identifier() {
                Some(own) if own.len() == SHA1_OCTETS => {
                    own == Hash::Sha1.of(key).as_ref()
                        || own == &Hash::Sha256.of(key).as_ref()[..SHA1_OCTETS]
                }
                Some(own) => own == self.key().sha256(),
                None => false,
            }
        })
    }

    /// authorityKeyIdentifier.
    #[must_use]
    pub fn authority_key_identifier(&self) -> Option<AuthorityKeyIdentifier<'_>> {
        AuthorityKeyIdentifier::read(self.value_of(Kind::AuthorityKeyIdentifier)?).ok()
    }

    /// Whether basicConstraints says cA.
    #[must_use]
    pub fn is_authority(&self) -> bool {
        self.0.extensions.basic.is_some_and(|it| it.authority)
    }

    /// pathLenConstraint of an authority.
    #[must_use]
    pub fn path_length(&self) -> Option<u32> {
        self.0.extensions.basic.and_then(|it| it.path_length)
    }

    /// Whether it says what its key is for.
    #[must_use]
    pub fn has_key_usage(&self) -> bool {
        self.0.extensions.key_usage.is_some()
    }

    /// Whether keyUsage is absent or has this bit (RFC 5280 4.2.1.3): [`KEY_CERT_SIGN`],
    /// [`CRL_SIGN`].
    #[must_use]
    pub fn key_usage_allows(&self, bit: usize) -> bool {
        self.0
            .extensions
            .key_usage
            .is_none_or(|bits| has_bit(bits, bit))
    }

    /// The purposes of extKeyUsage, or nothing when it is absent.
    #[must_use]
    pub fn extended_key_usage(&self) -> Option<&[Oid]> {
        self.0.extensions.purposes.as_deref()
    }

    /// The names of subjectAltName; none when it is absent.
    #[must_use]
    pub fn alt_names(&self) -> &[GeneralName] {
        self.0.extensions.alt_names.as_deref().unwrap_or_default()
    }

    /// The policies of certificatePolicies, or nothing when it is absent.
    #[must_use]
    pub fn policies(&self) -> Option<&[Oid]> {
        self.0
            .extensions
            .policies
            .as_ref()
            .map(|policies| policies.named.as_slice())
    }

    /// The directory names of cRLDistributionPoints whose lists are of every reason and the issuer's
    /// own.
    #[must_use]
    pub fn point_names(&self) -> Vec<Name> {
        let mut found = Vec::new();
        let Some(value) = self.value_of(Kind::CrlDistributionPoints) else {
            return found;
        };
        // It was read with the certificate, so it can be.
        let read = distribution::each(value, |point| {
            if point.reasons.is_none()
                && point.issuers.is_none()
                && let Some(name) = &point.name
                && let PointName::Full(names) = PointName::of(name)?
            {
                found.extend(names.into_iter().filter_map(|name| match name {
                    GeneralName::Directory(name) => Some(name),
                    _ => None,
                }));
            }
            Ok(())
        });
        if read.is_err() {
            found.clear();
        }
        found
    }

    /// Whether there is such an extension.
    pub(crate) fn has_extension(&self, oid: &Oid) -> bool {
        let mut all = self.0.extensions.all.iter();
        all.any(|one| self.part(&one.oid) == oid.as_der())
    }

    /// What the OCTET STRING of the extension holds. Of one that is there twice, the first.
    pub(crate) fn value_of(&self, kind: Kind) -> Option<&[u8]> {
        let found = self.0.extensions.of_kind(kind)?;
        Some(self.part(&found.value))
    }

    /// policyMappings: issuerDomainPolicy, subjectDomainPolicy.
    #[must_use]
    pub fn mappings(&self) -> &[(Oid, Oid)] {
        &self.0.extensions.mappings
    }

    /// requireExplicitPolicy.
    pub(crate) fn require_explicit(&self) -> Option<u32> {
        self.0.extensions.constraints?.require_explicit
    }

    /// inhibitPolicyMapping.
    pub(crate) fn inhibit_mapping(&self) -> Option<u32> {
        self.0.extensions.constraints?.inhibit_mapping
    }

    /// inhibitAnyPolicy.
    pub(crate) fn inhibit_any(&self) -> Option<u32> {
        self.0.extensions.inhibit_any
    }

    /// nameConstraints, made ready for comparing when they are first asked for.
    pub(crate) fn constraints(&self) -> Option<&Constraints> {
        self.0
            .constraints
            .get_or_init(|| self.0.extensions.names.as_ref().map(Constraints::new))
            .as_ref()
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.0.received.part(range)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(")?;
        self.sha256()
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))?;
        f.write_str(")")
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.octets() == other.octets()
    }
}

impl Eq for Certificate {}

/// Whether some Extensions, each of them, ask for what authorities have: cA, keyCertSign, cRLSign.
pub(crate) fn asks_for_authority(extensions: &[u8]) -> Result<bool, Unreadable> {
    let shape = Unreadable::new("extensions", "must be a SEQUENCE of Extension");
    let mut asks = false;
    extension::each(only(extensions, SEQUENCE).map_err(|_| shape)?, |one| {
        let kind = Kind::of(one.oid);
        let of_this = match kind {
            Kind::BasicConstraints => values::basic(one.value).map(|it| it.authority),
            Kind::KeyUsage => values::key_usage(one.value)
                .map(|bits| has_bit(bits, KEY_CERT_SIGN) || has_bit(bits, CRL_SIGN)),
            _ => Ok(false),
        };
        asks |= of_this.map_err(|error| error.in_field(kind.name()))?;
        Ok(())
    })?;
    Ok(asks)
}

fn has_bit(bits: u16, bit: usize) -> bool {
    bits & (0x8000_u16 >> bit.min(15)) != 0
}
