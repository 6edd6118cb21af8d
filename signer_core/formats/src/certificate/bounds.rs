//! Whether what is asked fits its profile: before anything is written, and again in every check.

use super::asked::{AltName, Asked, Subject, Values};
use super::faults::{refused, require};
use super::key::RsaPublicKey;
use super::name::check_name;
use super::oids;
use super::person::Texts;
use super::profile::{Extension, PointRule, PolicyRule, Presence, Profile, Relation};
use crate::der::Time;
use crate::error::Result;

const SECONDS_PER_DAY: i64 = 86_400;
/// Last second of a day in Japan, as seconds into the UTC day: 14:59:59Z.
pub(super) const END_OF_DAY_IN_JAPAN: i64 = 14 * 3600 + 59 * 60 + 59;
/// RFC 5280 4.2.1.1 sets no size; SHA-1 gives 20 octets and nothing in use exceeds 64.
const MAX_KEY_IDENTIFIER: usize = 64;

/// Refuses what the profile has no place for, and what it can't do without.
pub(super) fn require_fitting(profile: &Profile, asked: &Asked) -> Result<()> {
    if let Some(rule) = serial_fault(profile, significant(&asked.serial)) {
        return Err(refused("serial", rule));
    }
    if let Some(rule) = validity_fault(profile, asked.not_before, asked.not_after) {
        return Err(refused("not_after", rule));
    }
    check_name("issuer", &asked.issuer)?;
    if let Subject::Name(name) = &asked.subject {
        check_name("subject", name)?;
    }
    RsaPublicKey::from_spki(&asked.public_key, &profile.key_bits)
        .map_err(|rule| refused("public_key", rule))?;
    relation(profile, asked)?;
    person(profile, asked)?;
    for rule in profile.extensions {
        let there = is_asked(&rule.extension, &asked.values);
        if rule.presence == Presence::Always && !there {
            return Err(refused(rule.extension.name(), "must be given"));
        }
        if there {
            value(&rule.extension, asked)?;
        }
    }
    require(
        "values",
        "hold one that the profile has no place for",
        without_used(profile, &asked.values) == Values::default(),
    )
}

/// The number without its redundant leading zeros.
pub(super) fn significant(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|octet| **octet == 0).count();
    &serial[zeros..]
}

/// The rule that a serial number without leading zeros breaks.
pub(super) fn serial_fault(profile: &Profile, digits: &[u8]) -> Option<&'static str> {
    let bits = digits
        .first()
        .map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize);
    if bits < *profile.serial_bits.start() {
        return Some("must have at least 64 bits");
    }
    (bits > *profile.serial_bits.end()).then_some("must fit in 20 octets and be positive")
}

/// The rule that a validity breaks.
pub(super) fn validity_fault(
    profile: &Profile,
    not_before: i64,
    not_after: i64,
) -> Option<&'static str> {
    // Nothing was certified before 1970, and the parser that checks what is built knows no such time.
    let nameable = |at| at >= 0 && Time::rfc5280_len(at).is_ok();
    if !nameable(not_before) || !nameable(not_after) {
        return Some("validity must lie in the years 1970 to 9999");
    }
    if not_before >= not_after {
        return Some("must be later than not_before");
    }
    if not_after - not_before > profile.longest_days * SECONDS_PER_DAY {
        return Some("must not be later than the profile's longest validity");
    }
    (profile.ends_with_day_in_japan && not_after.rem_euclid(SECONDS_PER_DAY) != END_OF_DAY_IN_JAPAN)
        .then_some("must be the end of a day in Japan, 14:59:59Z")
}

fn relation(profile: &Profile, asked: &Asked) -> Result<()> {
    let one_name = matches!(&asked.subject, Subject::Name(name) if *name == asked.issuer);
    let one_key = asked.public_key == asked.issuer_key;
    let (name, key) = match profile.relation {
        Relation::SelfSigned => (true, true),
        Relation::SelfIssued => (true, false),
        Relation::Issued => (false, false),
    };
    require(
        "subject",
        "does not stand to the issuer's name as the profile says",
        one_name == name,
    )?;
    require(
        "public_key",
        "does not stand to the issuer's key as the profile says",
        one_key == key,
    )
}

/// A person's certificate is one as a whole: in the subject and in the alternative name.
fn person(profile: &Profile, asked: &Asked) -> Result<()> {
    let wanted = profile
        .extensions
        .iter()
        .any(|rule| rule.extension == Extension::PersonAltName);
    match (&asked.subject, &asked.values.subject_alt_name) {
        (
            Subject::Person {
                prefecture,
                municipality,
                common_name,
            },
            Some(AltName::Person(other_names)),
        ) if wanted => {
            let texts = Texts {
                prefecture,
                municipality,
                common_name,
                other_names: other_names.each_ref().map(String::as_str),
            };
            texts
                .fault()
                .map_or(Ok(()), |(field, rule)| Err(refused(field, rule)))
        }
        (Subject::Name(_), _) if !wanted => Ok(()),
        _ => Err(refused("subject", "is not of the profile's kind")),
    }
}

/// Whether there is a value for this extension; those the profile fixes always have one.
pub(super) fn is_asked(extension: &Extension, values: &Values) -> bool {
    match extension {
        Extension::KeyUsage(_)
        | Extension::Authority
        | Extension::ExtendedKeyUsage(_)
        | Extension::OcspNoCheck
        | Extension::PolicyConstraints
        | Extension::OwnKeyIdentifier => true,
        Extension::DirectoryAltName => {
            matches!(values.subject_alt_name, Some(AltName::Directory(_)))
        }
        Extension::PersonAltName => matches!(values.subject_alt_name, Some(AltName::Person(_))),
        Extension::IssuerAltName => values.issuer_alt_name.is_some(),
        Extension::CertificatePolicies(_) => values.policies.is_some(),
        Extension::PolicyMappings => !values.mappings.is_empty(),
        Extension::NameConstraints => values.names.is_some(),
        Extension::DistributionPoint(_) => values.distribution_point.is_some(),
        Extension::OcspAccess => values.ocsp_url.is_some(),
        Extension::AuthorityKeyIdentifier => values.authority_key_identifier.is_some(),
        Extension::StatedKeyIdentifier => values.subject_key_identifier.is_some(),
    }
}

fn value(extension: &Extension, asked: &Asked) -> Result<()> {
    let values = &asked.values;
    match extension {
        Extension::DirectoryAltName => match &values.subject_alt_name {
            Some(AltName::Directory(name)) => check_name("subject_alt_name", name),
            _ => Ok(()),
        },
        Extension::IssuerAltName => names("issuer_alt_name", &values.issuer_alt_name),
        Extension::CertificatePolicies(rule) => policies(*rule, values),
        Extension::PolicyMappings => mappings(values),
        Extension::NameConstraints => subtrees(values),
        Extension::DistributionPoint(rule) => {
            names("distribution_point", &values.distribution_point)?;
            require(
                "distribution_point",
                "must be the issuer's own name",
                *rule == PointRule::Partition
                    || values.distribution_point.as_ref() == Some(&asked.issuer),
            )?;
            url("distribution_url", &values.distribution_url)
        }
        Extension::OcspAccess => url("ocsp_url", &values.ocsp_url),
        Extension::AuthorityKeyIdentifier => {
            identifier("authority_key_identifier", &values.authority_key_identifier)
        }
        Extension::StatedKeyIdentifier => {
            identifier("subject_key_identifier", &values.subject_key_identifier)
        }
        _ => Ok(()),
    }
}

fn names<'a>(field: &'static str, names: impl IntoIterator<Item = &'a Vec<u8>>) -> Result<()> {
    names
        .into_iter()
        .try_for_each(|name| check_name(field, name))
}

fn url(field: &'static str, url: &Option<String>) -> Result<()> {
    url.as_ref().map_or(Ok(()), |url| check_url(field, url))
}

/// An absolute URI in IA5String's printable repertoire (RFC 5280 4.2.1.6).
pub(super) fn check_url(field: &'static str, url: &str) -> Result<()> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let known = matches!(scheme, "http" | "https" | "ldap");
    require(
        field,
        "must be an http, https or ldap URL of printable ASCII",
        known && !rest.is_empty() && url.bytes().all(|c| c.is_ascii_graphic()),
    )
}

fn policies(rule: PolicyRule, values: &Values) -> Result<()> {
    let Some(policies) = &values.policies else {
        return Ok(());
    };
    let named = &policies.identifiers;
    require(
        "policies",
        "must name at least one policy, none twice",
        !named.is_empty()
            && named
                .iter()
                .enumerate()
                .all(|(place, one)| !named[..place].contains(one)),
    )?;
    url("cps_url", &policies.cps_url)?;
    match rule {
        PolicyRule::OneWithCps => require(
            "policies",
            "must name one policy, with its CPS",
            named.len() == 1 && policies.cps_url.is_some(),
        ),
        PolicyRule::Named => require(
            "policies",
            "must name policies, not anyPolicy",
            !named.contains(&oids::ANY_POLICY),
        ),
        PolicyRule::Any => Ok(()),
    }
}

/// RFC 5280 4.2.1.5.
fn mappings(values: &Values) -> Result<()> {
    let field = "policy_mappings";
    let any = |(mine, theirs): &(_, _)| [mine, theirs].contains(&&oids::ANY_POLICY);
    require(
        field,
        "must not map anyPolicy",
        !values.mappings.iter().any(any),
    )?;
    let asserted = values.policies.as_ref();
    require(
        field,
        "must map only policies that the certificate asserts",
        values
            .mappings
            .iter()
            .all(|(mine, _)| asserted.is_some_and(|p| p.identifiers.contains(mine))),
    )
}

fn subtrees(values: &Values) -> Result<()> {
    let Some(subtrees) = &values.names else {
        return Ok(());
    };
    require(
        "names",
        "must permit or exclude something",
        !(subtrees.permitted.is_empty() && subtrees.excluded.is_empty()),
    )?;
    names("names", subtrees.permitted.iter().chain(&subtrees.excluded))
}

fn identifier(field: &'static str, identifier: &Option<Vec<u8>>) -> Result<()> {
    require(
        field,
        "must have 1 to 64 octets",
        identifier
            .as_ref()
            .is_none_or(|octets| (1..=MAX_KEY_IDENTIFIER).contains(&octets.len())),
    )
}

/// What is left of the values when every extension of the profile has taken its own.
fn without_used(profile: &Profile, values: &Values) -> Values {
    let mut left = values.clone();
    for rule in profile.extensions {
        match rule.extension {
            Extension::KeyUsage(_)
            | Extension::ExtendedKeyUsage(_)
            | Extension::OcspNoCheck
            | Extension::OwnKeyIdentifier => (),
            Extension::Authority => left.path_length = None,
            Extension::DirectoryAltName | Extension::PersonAltName => left.subject_alt_name = None,
            Extension::IssuerAltName => left.issuer_alt_name = None,
            Extension::CertificatePolicies(_) => left.policies = None,
            Extension::PolicyMappings => left.mappings.clear(),
            Extension::PolicyConstraints => left.inhibit_mapping = false,
            Extension::NameConstraints => left.names = None,
            Extension::DistributionPoint(_) => {
                left.distribution_point = None;
                left.distribution_url = None;
            }
            Extension::OcspAccess => left.ocsp_url = None,
            Extension::AuthorityKeyIdentifier => left.authority_key_identifier = None,
            Extension::StatedKeyIdentifier => left.subject_key_identifier = None,
        }
    }
    left
}
