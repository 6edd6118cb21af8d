//! A detached signature by a key elsewhere, such as on a card: first the attributes to be signed,
//! then the container.

use aws_lc_rs::digest;
use der::{Decode, Encode};
use x509_cert::Certificate;

use super::oids;
use crate::der::oid::{ObjectIdentifier, SHA256, SHA256_WITH_RSA};
use crate::der::{Time, Writer, tag};
use crate::error::{Error, Result};

const SHA256_OCTETS: usize = 32;

/// Signed attributes in DER, as SET OF: what a card signs with SHA-256.
///
/// contentType id-data, messageDigest, signingTime (seconds since 1970 UTC), and
/// signingCertificateV2, which keeps another certificate of the same key from being put in place
/// of this one.
///
/// # Errors
/// `InvalidArgument` for a digest of another length or a time outside the calendar.
pub fn signed_attributes(
    content_sha256: &[u8],
    signer_certificate: &[u8],
    signing_time: i64,
) -> Result<Vec<u8>> {
    if content_sha256.len() != SHA256_OCTETS {
        return Err(Error::invalid("content_sha256", "must have 32 octets"));
    }
    let time = Time::from_unix(signing_time).map_err(|error| error.in_field("signing_time"))?;
    let certificate_hash = digest::digest(&digest::SHA256, signer_certificate);
    let mut w = Writer::new();
    w.set_of(vec![
        attribute(&oids::CONTENT_TYPE, |w| w.oid(&oids::DATA)),
        attribute(&oids::MESSAGE_DIGEST, |w| w.octet_string(content_sha256)),
        attribute(&oids::SIGNING_TIME, |w| w.time(&time)),
        attribute(&oids::SIGNING_CERTIFICATE_V2, |w| {
            // hashAlgorithm is SHA-256, its DEFAULT, and so absent.
            w.sequence(|w| {
                w.sequence(|w| w.sequence(|w| w.octet_string(certificate_hash.as_ref())));
            });
        }),
    ]);
    Ok(w.into_vec())
}

/// The whole `ContentInfo` with the signer's certificate, without content.
///
/// # Errors
/// `InvalidArgument` when the certificate does not parse or the attributes are not a SET.
pub fn assemble(
    signed_attributes: &[u8],
    signer_certificate: &[u8],
    signature: &[u8],
) -> Result<Vec<u8>> {
    let parsed = Certificate::from_der(signer_certificate)
        .map_err(|_| Error::invalid("signer_certificate", "does not parse"))?;
    let issuer =
        parsed.tbs_certificate.issuer.to_der().map_err(|_| {
            Error::invalid("signer_certificate", "has an issuer that can't be written")
        })?;
    let Some((&tag::SET, rest)) = signed_attributes.split_first() else {
        return Err(Error::invalid("signed_attributes", "must be a SET"));
    };
    let mut w = Writer::with_capacity(signer_certificate.len() + signature.len() + 512);
    w.sequence(|w| {
        w.oid(&oids::SIGNED_DATA);
        w.context(0, |w| {
            w.sequence(|w| {
                // RFC 5652 5.1: version 1 for id-data, X.509 certificates, version 1 signers.
                w.unsigned_u64(1);
                w.set(sha256_algorithm);
                w.sequence(|w| w.oid(&oids::DATA));
                w.context(0, |w| w.raw(signer_certificate));
                w.set(|w| {
                    w.sequence(|w| {
                        w.unsigned_u64(1);
                        w.sequence(|w| {
                            w.raw(&issuer);
                            w.tlv(
                                tag::INTEGER,
                                parsed.tbs_certificate.serial_number.as_bytes(),
                            );
                        });
                        sha256_algorithm(w);
                        w.raw(&[tag::context_constructed(0)]);
                        w.raw(rest);
                        w.algorithm_with_null(&SHA256_WITH_RSA);
                        w.octet_string(signature);
                    });
                });
            });
        });
    });
    Ok(w.into_vec())
}

/// RFC 5754 section 2: SHA-2 algorithm identifiers are written without parameters.
fn sha256_algorithm(w: &mut Writer) {
    w.sequence(|w| w.oid(&SHA256));
}

fn attribute(oid: &ObjectIdentifier, value: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(oid);
        w.set(value);
    });
    w.into_vec()
}
