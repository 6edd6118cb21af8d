//! Object identifiers only certificates need.

use crate::der::oid::ObjectIdentifier;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

pub(super) const COUNTRY: ObjectIdentifier = oid("2.5.4.6");
pub(super) const LOCALITY: ObjectIdentifier = oid("2.5.4.7");
pub(super) const COMMON_NAME: ObjectIdentifier = oid("2.5.4.3");

pub(super) const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = oid("2.5.29.14");
pub(super) const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");
pub(super) const SUBJECT_ALT_NAME: ObjectIdentifier = oid("2.5.29.17");
pub(super) const ISSUER_ALT_NAME: ObjectIdentifier = oid("2.5.29.18");
pub(super) const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
pub(super) const NAME_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.30");
pub(super) const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = oid("2.5.29.31");
pub(super) const CERTIFICATE_POLICIES: ObjectIdentifier = oid("2.5.29.32");
pub(super) const POLICY_MAPPINGS: ObjectIdentifier = oid("2.5.29.33");
pub(super) const POLICY_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.36");
pub(super) const EXTENDED_KEY_USAGE: ObjectIdentifier = oid("2.5.29.37");
pub(super) const AUTHORITY_INFO_ACCESS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.1");
/// id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1).
pub(super) const OCSP_NO_CHECK: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.5");

/// anyPolicy (RFC 5280 4.2.1.4).
pub(super) const ANY_POLICY: ObjectIdentifier = oid("2.5.29.32.0");
/// id-qt-cps (RFC 5280 4.2.1.4).
pub(super) const QUALIFIER_CPS: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.1");
/// id-ad-ocsp (RFC 5280 4.2.2.1).
pub(super) const ACCESS_OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");
/// id-kp-OCSPSigning (RFC 6960 4.2.2.2).
pub(super) const OCSP_SIGNING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.9");

/// extensionRequest (RFC 2985 5.4.2).
pub(super) const EXTENSION_REQUEST: ObjectIdentifier = oid("1.2.840.113549.1.9.14");

/// The six otherName types in the order they stand in a certificate: name, birth date, sex,
/// address, substituted positions of the name, substituted positions of the address.
pub(super) const OTHER_NAMES: [ObjectIdentifier; 6] = [
    oid("1.2.392.200149.8.5.5.1"),
    oid("1.2.392.200149.8.5.5.4"),
    oid("1.2.392.200149.8.5.5.3"),
    oid("1.2.392.200149.8.5.5.5"),
    oid("1.2.392.200149.8.5.5.2"),
    oid("1.2.392.200149.8.5.5.6"),
];
