//! Object identifiers only a user certificate needs.

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
pub(super) const CRL_DISTRIBUTION_POINTS: ObjectIdentifier = oid("2.5.29.31");
pub(super) const CERTIFICATE_POLICIES: ObjectIdentifier = oid("2.5.29.32");
pub(super) const AUTHORITY_INFO_ACCESS: ObjectIdentifier = oid("1.3.6.1.5.5.7.1.1");

/// id-qt-cps (RFC 5280 4.2.1.4).
pub(super) const QUALIFIER_CPS: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.1");
/// id-ad-ocsp (RFC 5280 4.2.2.1).
pub(super) const ACCESS_OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");

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
