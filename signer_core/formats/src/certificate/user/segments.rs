//! The profile's extensions, cut where one differs from person to person.

use super::super::kinds::USER;
use super::super::profile::{Extension, ExtensionRule};
use crate::certificate::faults::mismatch;
use crate::error::Result;

/// The rules of extensions that are constant for an authority, in the profile's order: those before
/// subjectAltName, between it and cRLDistributionPoints, and between that and
/// subjectKeyIdentifier, which is the last.
pub(super) fn constant() -> Result<[&'static [ExtensionRule]; 3]> {
    let differs = |rule: &ExtensionRule| {
        matches!(
            rule.extension,
            Extension::PersonAltName
                | Extension::DistributionPoint(_)
                | Extension::OwnKeyIdentifier
        )
    };
    let places: Vec<usize> = (0..USER.extensions.len())
        .filter(|place| differs(&USER.extensions[*place]))
        .collect();
    let expected = [
        Extension::PersonAltName.oid(),
        super::super::oids::CRL_DISTRIBUTION_POINTS,
        Extension::OwnKeyIdentifier.oid(),
    ];
    let as_expected = places
        .iter()
        .map(|place| &USER.extensions[*place])
        .map(|rule| (rule.extension.oid(), rule.critical))
        .eq(expected.map(|oid| (oid, false)));
    let [names, point, last] = places[..] else {
        return Err(mismatch("extensions", "are not those the template knows"));
    };
    if !as_expected || last + 1 != USER.extensions.len() {
        return Err(mismatch(
            "extensions",
            "are in another order than the template's",
        ));
    }
    Ok([
        &USER.extensions[..names],
        &USER.extensions[names + 1..point],
        &USER.extensions[point + 1..last],
    ])
}
