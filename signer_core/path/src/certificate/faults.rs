//! What RFC 5280 section 4 forbids in a certificate that can be read. Whatever is found is kept with
//! the certificate, and validation refuses it; so a certificate can be kept and listed, and whoever
//! asks hears the rule.
//!
//! Some MUSTs of authorities are not held against them, because nothing here depends on them and
//! authorities in use break them: that basicConstraints, policyConstraints and inhibitAnyPolicy are
//! critical (they are applied either way; NIST's suite has valid paths with such certificates), and
//! that a self-signed certificate has a subjectKeyIdentifier.

use super::extensions::Extensions;
use super::kind::Kind;
use super::tbs::Tbs;
use super::values::AuthorityKeyIdentifier;
use crate::Oid;
use crate::names::Name;
use crate::verdict::{Reason, Refusal};

/// X.509 version 3 is written as 2.
const V2: u8 = 1;
const V3: u8 = 2;
/// RFC 5280 4.1.2.2. A 20-octet number with its top bit set takes a 21st.
const LONGEST_SERIAL: usize = 20;

pub(super) fn first(
    tbs: &Tbs<'_>,
    outer_algorithm: &[u8],
    octets: &[u8],
    issuer: &Name,
    subject: &Name,
    extensions: &Extensions,
) -> Option<Refusal> {
    let rule = frame(tbs, outer_algorithm)
        .or_else(|| serial(tbs.serial))
        .or_else(|| twice(octets, extensions))
        .or_else(|| critical(extensions))
        .or_else(|| values(extensions))
        .or_else(|| names(issuer, subject, extensions))
        .or_else(|| identifiers(tbs.version, issuer == subject, octets, extensions))
        .map(|rule| Refusal::new(Reason::Malformed, rule));
    rule.or_else(|| unknown(extensions))
}

fn frame(tbs: &Tbs<'_>, outer_algorithm: &[u8]) -> Option<&'static str> {
    let version = tbs.version.unwrap_or(0);
    if version > V3 {
        Some("version: there is no later one than 3")
    } else if tbs.extensions.is_some() && version != V3 {
        Some("extensions: only version 3 has any")
    } else if tbs.unique && version < V2 {
        Some("uniqueIdentifiers: version 1 has none")
    } else if tbs.extensions.is_some_and(<[_]>::is_empty) {
        Some("extensions: an empty sequence")
    } else if tbs.algorithm != outer_algorithm {
        Some("signature: another algorithm than signatureAlgorithm")
    } else {
        None
    }
}

fn serial(content: &[u8]) -> Option<&'static str> {
    let negative = content.first().is_some_and(|first| first & 0x80 != 0);
    let digits = content.strip_prefix(&[0]).unwrap_or(content);
    if negative || digits.is_empty() {
        Some("serialNumber: not positive")
    } else if digits.len() > LONGEST_SERIAL {
        Some("serialNumber: longer than 20 octets")
    } else {
        None
    }
}

fn twice(octets: &[u8], extensions: &Extensions) -> Option<&'static str> {
    let oids = extensions.all.iter().map(|one| &octets[one.oid.clone()]);
    if repeats(oids) {
        return Some("extensions: one is there twice");
    }
    let policies = extensions.policies.as_ref()?;
    repeats(policies.named.iter().map(Oid::as_der))
        .then_some("certificatePolicies: one is there twice")
}

/// Whether two of these are equal. A few are compared with each other, many are sorted.
fn repeats<'a>(mut oids: impl ExactSizeIterator<Item = &'a [u8]> + Clone) -> bool {
    const FEW: usize = 8;
    if oids.len() <= FEW {
        while let Some(one) = oids.next() {
            if oids.clone().any(|other| other == one) {
                return true;
            }
        }
        return false;
    }
    let mut sorted: Vec<&[u8]> = oids.collect();
    sorted.sort_unstable();
    sorted.windows(2).any(|two| two[0] == two[1])
}

/// Each extension that RFC 5280 says must be critical, or must not be, where leaving it so would
/// tell others something else than it tells us.
fn critical(extensions: &Extensions) -> Option<&'static str> {
    extensions
        .all
        .iter()
        .find_map(|one| match (one.critical, one.kind) {
            (true, Kind::AuthorityKeyIdentifier) => {
                Some("authorityKeyIdentifier: must not be critical")
            }
            (true, Kind::SubjectKeyIdentifier) => {
                Some("subjectKeyIdentifier: must not be critical")
            }
            (true, Kind::AuthorityInfoAccess) => Some("authorityInfoAccess: must not be critical"),
            (true, Kind::SubjectInfoAccess) => Some("subjectInfoAccess: must not be critical"),
            (true, Kind::FreshestCrl) => Some("freshestCRL: must not be critical"),
            (false, Kind::NameConstraints) => Some("nameConstraints: must be critical"),
            _ => None,
        })
}

fn values(extensions: &Extensions) -> Option<&'static str> {
    let authority = extensions.basic.is_some_and(|basic| basic.authority);
    let path_length = extensions.basic.and_then(|basic| basic.path_length);
    let empty = |list: &Option<Vec<_>>| list.as_ref().is_some_and(Vec::is_empty);
    let signs_certificates = extensions
        .key_usage
        .is_some_and(|bits| super::has_bit(bits, super::KEY_CERT_SIGN));
    let names = extensions.names.as_ref();
    if path_length.is_some() && !authority {
        Some("basicConstraints: pathLenConstraint without cA")
    } else if extensions.key_usage == Some(0) {
        Some("keyUsage: no bit is set")
    } else if signs_certificates && !authority {
        Some("keyUsage: keyCertSign without cA")
    } else if names.is_some() && !authority {
        Some("nameConstraints: only authorities have them")
    } else if names.is_some_and(|names| names.is_malformed()) {
        Some("nameConstraints: an empty sequence")
    } else if extensions
        .alt_names
        .as_ref()
        .is_some_and(|names| names.is_empty())
    {
        Some("subjectAltName: an empty sequence")
    } else if extensions
        .policies
        .as_ref()
        .is_some_and(|policies| policies.named.is_empty())
    {
        Some("certificatePolicies: an empty sequence")
    } else if extensions.mappings.is_empty() && extensions.of_kind(Kind::PolicyMappings).is_some() {
        Some("policyMappings: an empty sequence")
    } else if extensions
        .constraints
        .is_some_and(|it| it.require_explicit.is_none() && it.inhibit_mapping.is_none())
    {
        Some("policyConstraints: an empty sequence")
    } else if empty(&extensions.purposes) {
        Some("extKeyUsage: an empty sequence")
    } else {
        match extensions.no_points {
            Some(Kind::FreshestCrl) => Some("freshestCRL: an empty sequence"),
            Some(_) => Some("cRLDistributionPoints: an empty sequence"),
            None => None,
        }
    }
}

/// RFC 5280 4.1.2.4, 4.1.2.6.
fn names(issuer: &Name, subject: &Name, extensions: &Extensions) -> Option<&'static str> {
    let authority = extensions.basic.is_some_and(|basic| basic.authority);
    let alt_name = extensions.of_kind(Kind::SubjectAltName);
    if issuer.is_empty() {
        Some("issuer: an empty name")
    } else if subject.is_empty() && authority {
        Some("subject: an authority's is empty")
    } else if subject.is_empty() && !alt_name.is_some_and(|one| one.critical) {
        Some("subject: empty without a critical subjectAltName")
    } else {
        None
    }
}

/// RFC 5280 4.2.1.1, 4.2.1.2: identifiers order candidates and what they say never eliminates one, but
/// they are to be there: an authorityKeyIdentifier that has none, or one of no octets, whatever else it
/// says, is as good as no extension. A self-signed certificate may do without it, and some in use do
/// without the other; before version 3 there are none.
fn identifiers(
    version: Option<u8>,
    self_issued: bool,
    octets: &[u8],
    extensions: &Extensions,
) -> Option<&'static str> {
    if version != Some(V3) || self_issued {
        return None;
    }
    let authority = extensions.basic.is_some_and(|basic| basic.authority);
    let Some(of_issuer) = extensions.of_kind(Kind::AuthorityKeyIdentifier) else {
        return Some("authorityKeyIdentifier: not there");
    };
    // It was read before, so it can be.
    let says = AuthorityKeyIdentifier::read(&octets[of_issuer.value.clone()]);
    if says.is_ok_and(|says| says.key_identifier.is_none_or(<[u8]>::is_empty)) {
        Some("authorityKeyIdentifier: no keyIdentifier in it")
    } else if authority && extensions.of_kind(Kind::SubjectKeyIdentifier).is_none() {
        Some("subjectKeyIdentifier: an authority's is not there")
    } else {
        None
    }
}

/// RFC 5280 4.2: a critical extension that is not processed. Critical policies with a qualifier
/// that is not known are one too (4.2.1.4).
fn unknown(extensions: &Extensions) -> Option<Refusal> {
    let strange = extensions
        .all
        .iter()
        .any(|one| one.critical && !one.kind.is_processed());
    let policies = extensions.of_kind(Kind::CertificatePolicies);
    let qualified = policies.is_some_and(|one| one.critical)
        && extensions
            .policies
            .as_ref()
            .is_some_and(|policies| !policies.known_qualifiers);
    let rule = match (strange, qualified) {
        (true, _) => "extensions: a critical one is not known here",
        (_, true) => "certificatePolicies: critical, with a qualifier that is not known here",
        _ => return None,
    };
    Some(Refusal::new(Reason::UnknownCriticalExtension, rule))
}
