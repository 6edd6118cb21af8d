//! The profiles: docs/profile.md as data, one for each kind of certificate.

use super::oids;
use super::profile::{
    Extension, ExtensionRule, PointRule, PolicyRule, Presence, Profile, Relation,
};

/// digitalSignature (bit 0) and nonRepudiation (bit 1).
const SIGNS_DOCUMENTS: u16 = 0b11;
/// digitalSignature (bit 0).
const SIGNS_ANSWERS: u16 = 0b1;
/// keyCertSign (bit 5) and cRLSign (bit 6).
const SIGNS_CERTIFICATES_AND_LISTS: u16 = 0b110_0000;

/// Ten years, three leap days among them.
const TEN_YEARS: i64 = 3653;

const fn critical(extension: Extension) -> ExtensionRule {
    ExtensionRule {
        extension,
        critical: true,
        presence: Presence::Always,
    }
}

const fn plain(extension: Extension) -> ExtensionRule {
    ExtensionRule {
        extension,
        critical: false,
        presence: Presence::Always,
    }
}

const fn where_asked(rule: ExtensionRule) -> ExtensionRule {
    ExtensionRule {
        presence: Presence::WhereAsked,
        ..rule
    }
}

/// A resident's certificate for signatures, 署名用電子証明書 (docs/profile.md section 2).
pub static USER: Profile = Profile {
    name: "user",
    serial_bits: 64..=159,
    key_bits: 2048..=2048,
    // Policy says three years; the Act has known five.
    longest_days: 5 * 366,
    ends_with_day_in_japan: true,
    relation: Relation::Issued,
    extensions: &[
        critical(Extension::KeyUsage(SIGNS_DOCUMENTS)),
        plain(Extension::PersonAltName),
        critical(Extension::CertificatePolicies(PolicyRule::OneWithCps)),
        plain(Extension::IssuerAltName),
        plain(Extension::DistributionPoint(PointRule::Partition)),
        where_asked(plain(Extension::OcspAccess)),
        plain(Extension::AuthorityKeyIdentifier),
        plain(Extension::OwnKeyIdentifier),
    ],
};

/// An authority's self-signed certificate (docs/profile.md section 3).
pub static AUTHORITY: Profile = Profile {
    name: "authority",
    serial_bits: 64..=159,
    key_bits: 2048..=8192,
    longest_days: TEN_YEARS,
    ends_with_day_in_japan: false,
    relation: Relation::SelfSigned,
    extensions: &[
        critical(Extension::KeyUsage(SIGNS_CERTIFICATES_AND_LISTS)),
        critical(Extension::Authority),
        plain(Extension::DirectoryAltName),
        plain(Extension::DistributionPoint(PointRule::Issuer)),
        plain(Extension::OwnKeyIdentifier),
    ],
};

/// One generation of an authority's key vouched for by another, in either direction: NewWithOld
/// and OldWithNew (docs/profile.md section 4; RFC 4210 4.4).
pub static LINK: Profile = Profile {
    name: "link",
    serial_bits: 64..=159,
    key_bits: 2048..=8192,
    longest_days: TEN_YEARS,
    ends_with_day_in_japan: false,
    relation: Relation::SelfIssued,
    extensions: &[
        critical(Extension::KeyUsage(SIGNS_CERTIFICATES_AND_LISTS)),
        critical(Extension::Authority),
        plain(Extension::CertificatePolicies(PolicyRule::Any)),
        plain(Extension::DistributionPoint(PointRule::Issuer)),
        plain(Extension::AuthorityKeyIdentifier),
        plain(Extension::StatedKeyIdentifier),
    ],
};

/// Another PKI's authority, trusted under agreed policies (docs/profile.md section 5).
pub static CROSS: Profile = Profile {
    name: "cross",
    serial_bits: 64..=159,
    // Above this, verifying becomes a way to keep us busy.
    key_bits: 2048..=8192,
    longest_days: TEN_YEARS,
    ends_with_day_in_japan: false,
    relation: Relation::Issued,
    extensions: &[
        critical(Extension::KeyUsage(SIGNS_CERTIFICATES_AND_LISTS)),
        critical(Extension::Authority),
        critical(Extension::CertificatePolicies(PolicyRule::Named)),
        where_asked(plain(Extension::PolicyMappings)),
        critical(Extension::PolicyConstraints),
        where_asked(critical(Extension::NameConstraints)),
        plain(Extension::DistributionPoint(PointRule::Issuer)),
        plain(Extension::AuthorityKeyIdentifier),
        plain(Extension::StatedKeyIdentifier),
    ],
};

/// A delegated OCSP responder (docs/profile.md section 6; RFC 6960 4.2.2.2).
pub static RESPONDER: Profile = Profile {
    name: "responder",
    serial_bits: 64..=159,
    key_bits: 2048..=4096,
    // With ocsp-nocheck nobody asks whether it is revoked: it must end soon by itself.
    longest_days: 90,
    ends_with_day_in_japan: false,
    relation: Relation::Issued,
    extensions: &[
        critical(Extension::KeyUsage(SIGNS_ANSWERS)),
        plain(Extension::ExtendedKeyUsage(oids::OCSP_SIGNING)),
        plain(Extension::OcspNoCheck),
        plain(Extension::AuthorityKeyIdentifier),
        plain(Extension::OwnKeyIdentifier),
    ],
};

static ALL: [&Profile; 5] = [&USER, &AUTHORITY, &LINK, &CROSS, &RESPONDER];

/// The profile called so, if there is one.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Profile> {
    ALL.into_iter().find(|profile| profile.name == name)
}
