//! Object identifiers of extensions (RFC 5280 4.2).

use crate::Oid;

/// subjectKeyIdentifier.
pub const SUBJECT_KEY_IDENTIFIER: Oid = asn1::oid!(2, 5, 29, 14);
/// keyUsage.
pub const KEY_USAGE: Oid = asn1::oid!(2, 5, 29, 15);
/// subjectAltName.
pub const SUBJECT_ALT_NAME: Oid = asn1::oid!(2, 5, 29, 17);
/// basicConstraints.
pub const BASIC_CONSTRAINTS: Oid = asn1::oid!(2, 5, 29, 19);
/// nameConstraints.
pub const NAME_CONSTRAINTS: Oid = asn1::oid!(2, 5, 29, 30);
/// cRLDistributionPoints.
pub const CRL_DISTRIBUTION_POINTS: Oid = asn1::oid!(2, 5, 29, 31);
/// certificatePolicies.
pub const CERTIFICATE_POLICIES: Oid = asn1::oid!(2, 5, 29, 32);
/// policyMappings.
pub const POLICY_MAPPINGS: Oid = asn1::oid!(2, 5, 29, 33);
/// authorityKeyIdentifier.
pub const AUTHORITY_KEY_IDENTIFIER: Oid = asn1::oid!(2, 5, 29, 35);
/// policyConstraints.
pub const POLICY_CONSTRAINTS: Oid = asn1::oid!(2, 5, 29, 36);
/// extKeyUsage.
pub const EXTENDED_KEY_USAGE: Oid = asn1::oid!(2, 5, 29, 37);
/// freshestCRL.
pub const FRESHEST_CRL: Oid = asn1::oid!(2, 5, 29, 46);
/// inhibitAnyPolicy.
pub const INHIBIT_ANY_POLICY: Oid = asn1::oid!(2, 5, 29, 54);
/// authorityInfoAccess.
pub const AUTHORITY_INFO_ACCESS: Oid = asn1::oid!(1, 3, 6, 1, 5, 5, 7, 1, 1);
/// subjectInfoAccess.
pub const SUBJECT_INFO_ACCESS: Oid = asn1::oid!(1, 3, 6, 1, 5, 5, 7, 1, 11);

/// id-qt-cps and id-qt-unotice: the policy qualifiers of RFC 5280 4.2.1.4.
pub(super) const QUALIFIERS: [Oid; 2] = [
    asn1::oid!(1, 3, 6, 1, 5, 5, 7, 2, 1),
    asn1::oid!(1, 3, 6, 1, 5, 5, 7, 2, 2),
];
