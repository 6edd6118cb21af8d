//! Values of extensions that have parts of their own.

use der::asn1::{Ia5StringRef, ObjectIdentifier};
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{
    CertificatePolicies, CrlDistributionPoints, NameConstraints, PolicyConstraints, PolicyMappings,
};

use super::der_is;
use crate::certificate::asked::{Policies, Subtrees};
use crate::certificate::faults::{mismatch, must};
use crate::certificate::oids;
use crate::error::Result;

pub(super) fn policies(
    field: &'static str,
    asked: Option<&Policies>,
    found: &CertificatePolicies,
) -> Result<()> {
    let Some(asked) = asked else {
        return Err(mismatch(field, "was not asked for"));
    };
    must(
        field,
        "are not the policies asked for, in their order",
        found
            .0
            .iter()
            .map(|one| one.policy_identifier)
            .eq(asked.identifiers.iter().copied()),
    )?;
    for policy in &found.0 {
        let cps = match policy.policy_qualifiers.as_deref() {
            None => None,
            Some([only]) if only.policy_qualifier_id == oids::QUALIFIER_CPS => {
                let url = only.qualifier.as_ref();
                let url = url.and_then(|url| url.decode_as::<Ia5StringRef<'_>>().ok());
                Some(url.ok_or_else(|| mismatch(field, "has a CPS that is no IA5String"))?)
            }
            Some(_) => return Err(mismatch(field, "has another qualifier than one CPS")),
        };
        must(
            field,
            "does not point to the CPS asked for",
            cps.map(|url| url.as_str().to_owned()) == asked.cps_url,
        )?;
    }
    Ok(())
}

pub(super) fn mappings(
    field: &'static str,
    asked: &[(ObjectIdentifier, ObjectIdentifier)],
    found: &PolicyMappings,
) -> Result<()> {
    must(
        field,
        "are not the pairs asked for, in their order",
        found
            .0
            .iter()
            .map(|pair| (pair.issuer_domain_policy, pair.subject_domain_policy))
            .eq(asked.iter().copied()),
    )
}

pub(super) fn constraints(
    field: &'static str,
    inhibit: bool,
    found: &PolicyConstraints,
) -> Result<()> {
    must(
        field,
        "is not requireExplicitPolicy 0, with inhibitPolicyMapping as asked for",
        found.require_explicit_policy == Some(0)
            && found.inhibit_policy_mapping == inhibit.then_some(0),
    )
}

pub(super) fn subtrees(
    field: &'static str,
    asked: Option<&Subtrees>,
    found: &NameConstraints,
) -> Result<()> {
    let Some(asked) = asked else {
        return Err(mismatch(field, "was not asked for"));
    };
    for (asked, found) in [
        (&asked.permitted, found.permitted_subtrees.as_deref()),
        (&asked.excluded, found.excluded_subtrees.as_deref()),
    ] {
        let found = found.unwrap_or_default();
        must(
            field,
            "are not the subtrees asked for, in their order",
            found.len() == asked.len()
                && found
                    .iter()
                    .zip(asked)
                    .all(|(found, asked)| is_subtree(found, asked)),
        )?;
    }
    Ok(())
}

fn is_subtree(found: &GeneralSubtree, asked: &[u8]) -> bool {
    is_directory(&found.base, asked) && found.minimum == 0 && found.maximum.is_none()
}

pub(super) fn distribution_point(
    field: &'static str,
    name: Option<&[u8]>,
    asked_url: Option<&str>,
    found: &CrlDistributionPoints,
) -> Result<()> {
    let [point] = found.0.as_slice() else {
        return Err(mismatch(field, "does not hold exactly one point"));
    };
    must(
        field,
        "limits its reasons or its issuer",
        point.reasons.is_none() && point.crl_issuer.is_none(),
    )?;
    let Some(DistributionPointName::FullName(names)) = &point.distribution_point else {
        return Err(mismatch(field, "has no full name"));
    };
    let Some((directory, urls)) = names.split_first() else {
        return Err(mismatch(field, "has no name"));
    };
    must(
        field,
        "does not begin with the directoryName asked for",
        name.is_some_and(|name| is_directory(directory, name)),
    )?;
    must(
        field,
        "does not have the URI asked for",
        urls.len() == usize::from(asked_url.is_some())
            && urls.iter().all(|found| url(found) == asked_url),
    )
}

pub(super) fn is_directory(name: &GeneralName, asked: &[u8]) -> bool {
    matches!(name, GeneralName::DirectoryName(name) if der_is(name, asked))
}

pub(super) fn url(name: &GeneralName) -> Option<&str> {
    match name {
        GeneralName::UniformResourceIdentifier(url) => Some(url.as_str()),
        _ => None,
    }
}
