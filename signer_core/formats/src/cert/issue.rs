//! Finished certificates: signature added to checked bytes, one by one or a batch with a software
//! key.

use rayon::prelude::*;
use threads::with_pool;

use super::request::UserCertificateRequest;
use super::template::UserCertificateTemplate;
use crate::der::oid::SHA256_WITH_RSA;
use crate::der::{Writer, tag, tlv_len};
use crate::error::{Error, Result};
use crate::signing::{Hash, Signer};

/// `Certificate` (RFC 5280 4.1) of to-be-signed bytes and their sha256WithRSAEncryption signature.
///
/// # Errors
/// `InvalidArgument` when `tbs` is not one SEQUENCE or the signature is shorter than RSA 2048's.
pub fn assemble(tbs: &[u8], signature: &[u8]) -> Result<Vec<u8>> {
    if !is_one_sequence(tbs) {
        return Err(Error::InvalidArgument(
            "tbs: must be one DER SEQUENCE".into(),
        ));
    }
    if signature.len() < 256 {
        return Err(Error::InvalidArgument(
            "signature: must have at least 2048 bits".into(),
        ));
    }
    let algorithm = tlv_len(tlv_len(SHA256_WITH_RSA.as_bytes().len()) + tlv_len(0));
    let content = tbs.len() + algorithm + tlv_len(signature.len() + 1);
    let mut w = Writer::with_capacity(tlv_len(content));
    w.header(tag::SEQUENCE, content);
    w.raw(tbs);
    w.algorithm_with_null(&SHA256_WITH_RSA);
    w.bit_string(signature);
    Ok(w.into_vec())
}

fn is_one_sequence(der: &[u8]) -> bool {
    der::asn1::AnyRef::try_from(der).is_ok_and(|any| {
        der::Tagged::tag(&any) == der::Tag::Sequence && tlv_len(any.value().len()) == der.len()
    })
}

/// To-be-signed bytes of a whole batch. If one request is refused, none is returned.
///
/// # Errors
/// As [`UserCertificateTemplate::encode_checked`], with the request's place in the batch.
pub fn encode_batch(
    template: &UserCertificateTemplate,
    requests: &[&UserCertificateRequest],
) -> Result<Vec<Vec<u8>>> {
    requests
        .iter()
        .enumerate()
        .map(|(place, request)| encode_one(template, place, request))
        .collect()
}

/// Certificates of a whole batch: every request is encoded and checked before anything is signed,
/// and every signature verified before anything is returned. `threads` caps the cores used.
///
/// # Errors
/// As [`encode_batch`] and [`Signer::sign_messages`]; no certificate of the batch is returned then.
pub fn issue_batch(
    template: &UserCertificateTemplate,
    requests: &[&UserCertificateRequest],
    signer: &dyn Signer,
    threads: Option<usize>,
) -> Result<Vec<Vec<u8>>> {
    let to_sign = match threads {
        None => with_pool(|| {
            requests
                .par_iter()
                .enumerate()
                .map(|(place, request)| encode_one(template, place, request))
                .collect::<Result<Vec<_>>>()
        })??,
        // A caller that leaves cores to others gets the cheap part on its own thread alone.
        Some(_) => encode_batch(template, requests)?,
    };
    signer
        .sign_messages(Hash::Sha256, &to_sign, threads)?
        .iter()
        .zip(&to_sign)
        .map(|(signature, tbs)| assemble(tbs, signature))
        .collect()
}

fn encode_one(
    template: &UserCertificateTemplate,
    place: usize,
    request: &UserCertificateRequest,
) -> Result<Vec<u8>> {
    template
        .encode_checked(request)
        .map_err(|error| match error {
            Error::InvalidArgument(why) => {
                Error::InvalidArgument(format!("request {place}: {why}"))
            }
            Error::ProfileMismatch(why) => {
                Error::ProfileMismatch(format!("request {place}: {why}"))
            }
            other => other,
        })
}
