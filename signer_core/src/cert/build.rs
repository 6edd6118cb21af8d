//! To-be-signed bytes from the template's parts and one request.

use aws_lc_rs::digest;

use super::oids;
use super::request::UserCertificateRequest;
use super::template::TemplateInputs;
use crate::der::oid::{AUTHORITY_KEY_IDENTIFIER, ObjectIdentifier, SHA256_WITH_RSA};
use crate::der::{Time, Writer, tag};
use crate::error::{Error, Result};

/// digitalSignature (bit 0) and nonRepudiation (bit 1).
const KEY_USAGE_BITS: u16 = 0b11;
const EXPECTED_OCTETS: usize = 2048;

/// What is constant for an authority, as finished DER elements in the order they are used.
pub(super) struct Parts {
    /// `[0] EXPLICIT` version v3.
    version: Vec<u8>,
    /// signature AlgorithmIdentifier and issuer come after the serial.
    signature_and_issuer: Vec<u8>,
    /// First RDN of the subject: C=JP.
    country: Vec<u8>,
    /// keyUsage.
    before_subject_alt_name: Vec<u8>,
    /// certificatePolicies and issuerAltName.
    before_distribution_points: Vec<u8>,
    /// authorityInfoAccess, where used, and authorityKeyIdentifier.
    before_subject_key_identifier: Vec<u8>,
}

impl Parts {
    pub(super) fn new(inputs: &TemplateInputs, policy: &ObjectIdentifier) -> Result<Self> {
        Ok(Self {
            version: written(|w| w.context(0, |w| w.unsigned_u64(2))),
            signature_and_issuer: written(|w| {
                w.algorithm_with_null(&SHA256_WITH_RSA);
                w.raw(&inputs.issuer);
            }),
            country: try_written(|w| rdn(w, &oids::COUNTRY, |w| w.printable_string("JP")))?,
            before_subject_alt_name: written(|w| {
                extension(w, &oids::KEY_USAGE, true, |w| w.named_bits(KEY_USAGE_BITS));
            }),
            before_distribution_points: try_written(|w| {
                policies(w, policy, &inputs.cps_url)?;
                extension(w, &oids::ISSUER_ALT_NAME, false, |w| {
                    w.sequence(|w| directory_name(w, &inputs.issuer_alt_name));
                });
                Ok(())
            })?,
            before_subject_key_identifier: try_written(|w| {
                if let Some(url) = &inputs.ocsp_url {
                    ocsp_access(w, url)?;
                }
                extension(w, &AUTHORITY_KEY_IDENTIFIER, false, |w| {
                    w.sequence(|w| {
                        w.tlv(tag::context(0), &inputs.authority_key_identifier);
                    });
                });
                Ok(())
            })?,
        })
    }
}

/// TBSCertificate of one request.
pub(super) fn tbs_certificate(parts: &Parts, request: &UserCertificateRequest) -> Result<Vec<u8>> {
    let fields = request.fields();
    let not_before = Time::from_unix(fields.not_before)?;
    let not_after = Time::from_unix(fields.not_after)?;
    let mut w = Writer::with_capacity(EXPECTED_OCTETS);
    w.sequence(|w| -> Result<()> {
        w.raw(&parts.version);
        w.unsigned(&fields.serial);
        w.raw(&parts.signature_and_issuer);
        w.sequence(|w| {
            w.time(&not_before);
            w.time(&not_after);
        });
        w.sequence(|w| {
            w.raw(&parts.country);
            for (attribute, text) in [
                (&oids::LOCALITY, &fields.prefecture),
                (&oids::LOCALITY, &fields.municipality),
                (&oids::COMMON_NAME, &fields.common_name),
            ] {
                rdn(w, attribute, |w| w.utf8_string(text));
            }
        });
        w.raw(&fields.public_key);
        w.context(3, |w| w.sequence(|w| extensions(w, parts, request)))
    })?;
    Ok(w.into_vec())
}

fn extensions(w: &mut Writer, parts: &Parts, request: &UserCertificateRequest) -> Result<()> {
    let fields = request.fields();
    w.raw(&parts.before_subject_alt_name);
    extension(w, &oids::SUBJECT_ALT_NAME, false, |w| {
        w.sequence(|w| {
            for (arc, text) in oids::OTHER_NAMES.iter().zip(request.other_names()) {
                // GeneralName.otherName [0] IMPLICIT, its value [0] EXPLICIT.
                w.context(0, |w| {
                    w.oid(arc);
                    w.context(0, |w| w.utf8_string(text));
                });
            }
        });
    });
    w.raw(&parts.before_distribution_points);
    extension(w, &oids::CRL_DISTRIBUTION_POINTS, false, |w| {
        // One DistributionPoint whose names are two ways to the same list (RFC 5280 4.2.1.13).
        w.sequence(|w| {
            w.sequence(|w| {
                w.context(0, |w| {
                    w.context(0, |w| -> Result<()> {
                        directory_name(w, &fields.partition);
                        match &fields.partition_url {
                            Some(url) => url_name(w, url),
                            None => Ok(()),
                        }
                    })
                })
            })
        })
    })?;
    w.raw(&parts.before_subject_key_identifier);
    let identifier = key_identifier(&fields.public_key)?;
    extension(w, &oids::SUBJECT_KEY_IDENTIFIER, false, |w| {
        w.octet_string(identifier.as_ref());
    });
    Ok(())
}

/// RFC 5280 4.2.1.2 method (1): SHA-1 of the BIT STRING's octets. An identifier, not a protection.
fn key_identifier(spki: &[u8]) -> Result<digest::Digest> {
    let spki: x509_cert::spki::SubjectPublicKeyInfoRef<'_> = der::Decode::from_der(spki)
        .map_err(|_| Error::InvalidArgument("public_key: does not parse".into()))?;
    let key = spki.subject_public_key.raw_bytes();
    Ok(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key))
}

fn policies(w: &mut Writer, policy: &ObjectIdentifier, cps_url: &str) -> Result<()> {
    extension(w, &oids::CERTIFICATE_POLICIES, true, |w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(policy);
                w.sequence(|w| {
                    w.sequence(|w| {
                        w.oid(&oids::QUALIFIER_CPS);
                        w.ia5_string(tag::IA5_STRING, cps_url)
                    })
                })
            })
        })
    })
}

fn ocsp_access(w: &mut Writer, url: &str) -> Result<()> {
    extension(w, &oids::AUTHORITY_INFO_ACCESS, false, |w| {
        w.sequence(|w| {
            w.sequence(|w| {
                w.oid(&oids::ACCESS_OCSP);
                url_name(w, url)
            })
        })
    })
}

/// `Extension` whose value is written in place; `critical` appears only when true (DER DEFAULT).
fn extension<R>(
    w: &mut Writer,
    oid: &ObjectIdentifier,
    critical: bool,
    value: impl FnOnce(&mut Writer) -> R,
) -> R {
    w.sequence(|w| {
        w.oid(oid);
        if critical {
            w.boolean(true);
        }
        w.nested(tag::OCTET_STRING, value)
    })
}

fn rdn<R>(w: &mut Writer, oid: &ObjectIdentifier, value: impl FnOnce(&mut Writer) -> R) -> R {
    w.set(|w| {
        w.sequence(|w| {
            w.oid(oid);
            value(w)
        })
    })
}

/// GeneralName.directoryName: `[4]`, EXPLICIT because Name is a CHOICE.
fn directory_name(w: &mut Writer, name: &[u8]) {
    w.context(4, |w| w.raw(name));
}

/// GeneralName.uniformResourceIdentifier: `[6]` IMPLICIT IA5String.
fn url_name(w: &mut Writer, url: &str) -> Result<()> {
    w.ia5_string(tag::context(6), url)
}

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut w = Writer::new();
    write(&mut w);
    w.into_vec()
}

fn try_written(write: impl FnOnce(&mut Writer) -> Result<()>) -> Result<Vec<u8>> {
    let mut w = Writer::new();
    write(&mut w)?;
    Ok(w.into_vec())
}
