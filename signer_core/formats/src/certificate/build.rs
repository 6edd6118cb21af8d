//! `TBSCertificate` DER from a profile and what is asked (RFC 5280 4.1).

use aws_lc_rs::digest;

use super::asked::{AltName, Asked, Policies, Subject, Subtrees};
use super::bounds::{is_asked, require_fitting};
use super::check;
use super::checked::CheckedTbs;
use super::faults::refused;
use super::key::RsaPublicKey;
use super::oids;
use super::profile::{Extension, Profile};
use crate::der::oid::ObjectIdentifier;
use crate::der::{Time, Writer, tag};
use crate::error::Result;

/// Builds what is asked, and has it checked.
///
/// # Errors
/// `InvalidArgument` naming the field of what can't be certified, `ProfileMismatch` naming the
/// field that does not say what was asked.
pub fn build(profile: &Profile, asked: &Asked) -> Result<CheckedTbs> {
    check::check(profile, asked, &tbs_certificate(profile, asked)?)
}

/// The bytes alone, unchecked.
pub(super) fn tbs_certificate(profile: &Profile, asked: &Asked) -> Result<Vec<u8>> {
    require_fitting(profile, asked)?;
    let [not_before, not_after] = [asked.not_before, asked.not_after].map(Time::from_unix);
    let validity = [not_before?, not_after?];
    let mut w = Writer::with_capacity(2048);
    w.sequence(|w| {
        w.context(0, |w| w.unsigned_u64(2));
        w.unsigned(&asked.serial);
        w.algorithm_with_null(&asked.signature.oid());
        w.raw(&asked.issuer);
        w.sequence(|w| validity.iter().for_each(|time| w.time(time)));
        subject(w, &asked.subject)?;
        w.raw(&asked.public_key);
        w.context(3, |w| {
            w.sequence(|w| {
                profile
                    .extensions
                    .iter()
                    .filter(|rule| is_asked(&rule.extension, &asked.values))
                    .try_for_each(|rule| extension(w, &rule.extension, rule.critical, asked))
            })
        })
    })?;
    Ok(w.into_vec())
}

fn subject(w: &mut Writer, subject: &Subject) -> Result<()> {
    match subject {
        Subject::Name(name) => {
            w.raw(name);
            Ok(())
        }
        Subject::Person {
            prefecture,
            municipality,
            common_name,
        } => w.sequence(|w| {
            country(w)?;
            rdn(w, &oids::LOCALITY, |w| w.utf8_string(prefecture));
            rdn(w, &oids::LOCALITY, |w| w.utf8_string(municipality));
            rdn(w, &oids::COMMON_NAME, |w| w.utf8_string(common_name));
            Ok(())
        }),
    }
}

/// The first RDN of a person's subject: C=JP.
pub(super) fn country(w: &mut Writer) -> Result<()> {
    rdn(w, &oids::COUNTRY, |w| w.printable_string("JP"))
}

fn rdn<R>(w: &mut Writer, oid: &ObjectIdentifier, value: impl FnOnce(&mut Writer) -> R) -> R {
    w.set(|w| {
        w.sequence(|w| {
            w.oid(oid);
            value(w)
        })
    })
}

/// `Extension`, its value written in place; `critical` appears only when true (DER DEFAULT).
pub(super) fn extension(
    w: &mut Writer,
    extension: &Extension,
    critical: bool,
    asked: &Asked,
) -> Result<()> {
    w.sequence(|w| {
        w.oid(&extension.oid());
        if critical {
            w.boolean(true);
        }
        w.nested(tag::OCTET_STRING, |w| value(w, extension, asked))
    })
}

fn value(w: &mut Writer, extension: &Extension, asked: &Asked) -> Result<()> {
    let values = &asked.values;
    match extension {
        Extension::KeyUsage(bits) => w.named_bits(*bits),
        Extension::Authority => w.sequence(|w| {
            w.boolean(true);
            if let Some(length) = values.path_length {
                w.unsigned_u64(length.into());
            }
        }),
        Extension::ExtendedKeyUsage(purpose) => w.sequence(|w| w.oid(purpose)),
        Extension::OcspNoCheck => w.null(),
        Extension::DirectoryAltName | Extension::PersonAltName => {
            alt_name(
                w,
                needed("subject_alt_name", values.subject_alt_name.as_ref())?,
            );
        }
        Extension::IssuerAltName => {
            let name = needed("issuer_alt_name", values.issuer_alt_name.as_ref())?;
            w.sequence(|w| directory_name(w, name));
        }
        Extension::CertificatePolicies(_) => {
            policies(w, needed("policies", values.policies.as_ref())?)?;
        }
        Extension::PolicyMappings => w.sequence(|w| {
            for (mine, theirs) in &values.mappings {
                w.sequence(|w| {
                    w.oid(mine);
                    w.oid(theirs);
                });
            }
        }),
        Extension::PolicyConstraints => w.sequence(|w| {
            w.tlv(tag::context(0), &[0]);
            if values.inhibit_mapping {
                w.tlv(tag::context(1), &[0]);
            }
        }),
        Extension::NameConstraints => subtrees(w, needed("names", values.names.as_ref())?),
        Extension::DistributionPoint(_) => {
            let name = needed("distribution_point", values.distribution_point.as_ref())?;
            distribution_point(w, name, values.distribution_url.as_deref())?;
        }
        Extension::OcspAccess => {
            let url = needed("ocsp_url", values.ocsp_url.as_ref())?;
            w.sequence(|w| {
                w.sequence(|w| {
                    w.oid(&oids::ACCESS_OCSP);
                    w.ia5_string(URL, url)
                })
            })?;
        }
        Extension::AuthorityKeyIdentifier => {
            let identifier = needed(
                "authority_key_identifier",
                values.authority_key_identifier.as_ref(),
            )?;
            w.sequence(|w| w.tlv(tag::context(0), identifier));
        }
        Extension::OwnKeyIdentifier => {
            // RFC 5280 4.2.1.2 method (1): of the BIT STRING's octets. No protection rests on it.
            let key = RsaPublicKey::from_spki(&asked.public_key, &(0..=usize::MAX))
                .map_err(|rule| refused("public_key", rule))?;
            let sha1 = &digest::SHA1_FOR_LEGACY_USE_ONLY;
            w.octet_string(digest::digest(sha1, key.der).as_ref());
        }
        Extension::StatedKeyIdentifier => w.octet_string(needed(
            "subject_key_identifier",
            values.subject_key_identifier.as_ref(),
        )?),
    }
    Ok(())
}

fn needed<'a, T>(field: &'static str, value: Option<&'a T>) -> Result<&'a T> {
    value.ok_or_else(|| refused(field, "must be given"))
}

fn alt_name(w: &mut Writer, name: &AltName) {
    w.sequence(|w| match name {
        AltName::Directory(name) => directory_name(w, name),
        AltName::Person(texts) => {
            for (arc, text) in oids::OTHER_NAMES.iter().zip(texts) {
                // GeneralName.otherName [0] IMPLICIT, its value [0] EXPLICIT.
                w.context(0, |w| {
                    w.oid(arc);
                    w.context(0, |w| w.utf8_string(text));
                });
            }
        }
    });
}

fn policies(w: &mut Writer, policies: &Policies) -> Result<()> {
    w.sequence(|w| {
        policies.identifiers.iter().try_for_each(|policy| {
            w.sequence(|w| {
                w.oid(policy);
                policies.cps_url.as_deref().map_or(Ok(()), |url| {
                    w.sequence(|w| {
                        w.sequence(|w| {
                            w.oid(&oids::QUALIFIER_CPS);
                            w.ia5_string(tag::IA5_STRING, url)
                        })
                    })
                })
            })
        })
    })
}

fn subtrees(w: &mut Writer, names: &Subtrees) {
    w.sequence(|w| {
        for (place, names) in [(0, &names.permitted), (1, &names.excluded)] {
            if !names.is_empty() {
                w.context(place, |w| {
                    for name in names {
                        // GeneralSubtree: minimum is 0, its DEFAULT, and so absent.
                        w.sequence(|w| directory_name(w, name));
                    }
                });
            }
        }
    });
}

/// One DistributionPoint whose names are two ways to the same list (RFC 5280 4.2.1.13).
fn distribution_point(w: &mut Writer, name: &[u8], url: Option<&str>) -> Result<()> {
    w.sequence(|w| {
        w.sequence(|w| {
            w.context(0, |w| {
                w.context(0, |w| {
                    directory_name(w, name);
                    url.map_or(Ok(()), |url| w.ia5_string(URL, url))
                })
            })
        })
    })
}

/// GeneralName.uniformResourceIdentifier: `[6]` IMPLICIT IA5String.
pub(super) const URL: u8 = tag::context(6);

/// GeneralName.directoryName: `[4]`, EXPLICIT because Name is a CHOICE.
fn directory_name(w: &mut Writer, name: &[u8]) {
    w.context(4, |w| w.raw(name));
}
