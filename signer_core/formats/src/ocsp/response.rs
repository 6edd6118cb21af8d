//! `OCSPResponse` (RFC 6960 4.2.1) from a responder's template.

use std::sync::Arc;

use aws_lc_rs::digest;
use der::Decode;
use x509_cert::Certificate;

use super::certid::CertId;
use super::extensions::{BASIC_RESPONSE, NONCE};
use crate::der::oid::SHA256_WITH_RSA;
use crate::der::{Time, Writer, tag, tlv_len};
use crate::error::{Error, Result};
use crate::signing::{Hash, Signer};

/// Octets of a SingleResponse and what surrounds it, without certificates.
const EXPECTED_OCTETS: usize = 512;

/// certStatus (RFC 6960 4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertStatus {
    /// Issued, and not revoked.
    Good,
    /// Revoked at this time (seconds since 1970 UTC), with a CRLReason where one is known.
    Revoked {
        /// Seconds since 1970 UTC.
        at: i64,
        /// RFC 5280 5.3.1; 0 (unspecified) is written as absent.
        reason: Option<u8>,
    },
    /// Never issued here.
    Unknown,
}

/// What is said about one certificate. Times are seconds since 1970 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleResponse {
    /// As it was asked.
    pub cert_id: Arc<CertId>,
    /// What is known.
    pub status: CertStatus,
    /// When the status was known to be right.
    pub this_update: i64,
    /// When newer information will be there, at the latest.
    pub next_update: Option<i64>,
}

/// What one response says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseData {
    /// When the response is signed.
    pub produced_at: i64,
    /// One per CertID asked, in the order asked.
    pub responses: Vec<SingleResponse>,
    /// The request's nonce.
    pub nonce: Option<Vec<u8>>,
}

/// A response that tells nothing but why there is none (RFC 6960 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorStatus {
    /// The request does not parse.
    MalformedRequest = 1,
    /// The responder failed.
    InternalError = 2,
    /// The responder can't answer just now.
    TryLater = 3,
    /// The request must be signed.
    SigRequired = 5,
    /// The requester may not ask, or the certificate is another authority's.
    Unauthorized = 6,
}

/// What all responses of one responder share, as whole elements.
///
/// The issuer's part of a CertID is not among it: each response echoes the one that was asked, in the
/// asker's own hash, whole (RFC 6960 4.1.1).
pub struct ResponderTemplate {
    /// responseStatus: successful.
    response_status: Vec<u8>,
    /// responseType: basic.
    response_type: Vec<u8>,
    /// responderID byKey.
    responder_id: Vec<u8>,
    /// signatureAlgorithm.
    algorithm: Vec<u8>,
    /// `[0] EXPLICIT` certs.
    certificates: Vec<u8>,
}

impl ResponderTemplate {
    /// Takes the responder's certificate, which travels in every response; the responderID is the
    /// SHA-1 of its key.
    ///
    /// # Errors
    /// `InvalidArgument` when it is not the DER of a certificate.
    pub fn new(responder_certificate: &[u8]) -> Result<Self> {
        let parsed = Certificate::from_der(responder_certificate)
            .map_err(|_| Error::invalid("responder_certificate", "does not parse"))?;
        let info = &parsed.tbs_certificate.subject_public_key_info;
        let key = info.subject_public_key.raw_bytes();
        let key_hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key);
        Ok(Self {
            response_status: written(|w| w.tlv(tag::ENUMERATED, &[0])),
            response_type: written(|w| w.oid(&BASIC_RESPONSE)),
            responder_id: written(|w| w.context(2, |w| w.octet_string(key_hash.as_ref()))),
            algorithm: written(|w| w.algorithm_with_null(&SHA256_WITH_RSA)),
            certificates: written(|w| {
                w.context(0, |w| w.sequence(|w| w.raw(responder_certificate)));
            }),
        })
    }

    /// `ResponseData`, the bytes to be signed.
    ///
    /// # Errors
    /// `InvalidArgument` for no SingleResponse, a time outside the calendar, a nextUpdate before its
    /// thisUpdate, an unknown reason code, or a nonce outside RFC 9654's sizes.
    pub fn encode(&self, data: &ResponseData) -> Result<Vec<u8>> {
        if data.responses.is_empty() {
            return Err(Error::invalid("responses", "must not be empty"));
        }
        let produced_at = time("produced_at", data.produced_at)?;
        let mut w = Writer::with_capacity(EXPECTED_OCTETS);
        // version is v1, its DEFAULT, and so absent.
        w.sequence(|w| -> Result<()> {
            w.raw(&self.responder_id);
            w.generalized_time(&produced_at);
            w.sequence(|w| data.responses.iter().try_for_each(|one| single(w, one)))?;
            match &data.nonce {
                Some(value) => w.context(1, |w| w.sequence(|w| nonce(w, value))),
                None => Ok(()),
            }
        })?;
        Ok(w.into_vec())
    }

    /// The whole `OCSPResponse` of signed `ResponseData`: the lengths first, from the inside out,
    /// then every octet once.
    #[must_use]
    pub fn assemble(&self, tbs: &[u8], signature: &[u8]) -> Vec<u8> {
        let basic_response = tbs.len()
            + self.algorithm.len()
            + tlv_len(signature.len() + 1)
            + self.certificates.len();
        let response = tlv_len(basic_response);
        let response_bytes = self.response_type.len() + tlv_len(response);
        let whole = self.response_status.len() + tlv_len(tlv_len(response_bytes));
        let mut w = Writer::with_capacity(tlv_len(whole));
        w.header(tag::SEQUENCE, whole);
        w.raw(&self.response_status);
        w.header(tag::context_constructed(0), tlv_len(response_bytes));
        w.header(tag::SEQUENCE, response_bytes);
        w.raw(&self.response_type);
        w.header(tag::OCTET_STRING, response);
        w.header(tag::SEQUENCE, basic_response);
        w.raw(tbs);
        w.raw(&self.algorithm);
        w.bit_string(signature);
        w.raw(&self.certificates);
        w.into_vec()
    }

    /// Whole responses, signed by a key in this process and verified before they are returned.
    ///
    /// # Errors
    /// As [`Self::encode`] and [`Signer::sign_messages`]; no response of the batch is returned then.
    pub fn sign_responses(
        &self,
        responses: &[&ResponseData],
        signer: &dyn Signer,
        threads: Option<usize>,
    ) -> Result<Vec<Vec<u8>>> {
        let to_sign: Vec<Vec<u8>> = responses
            .iter()
            .map(|data| self.encode(data))
            .collect::<Result<_>>()?;
        Ok(signer
            .sign_messages(Hash::Sha256, &to_sign, threads)?
            .iter()
            .zip(&to_sign)
            .map(|(signature, tbs)| self.assemble(tbs, signature))
            .collect())
    }
}

/// A response that carries only its status.
#[must_use]
pub fn error_response(status: ErrorStatus) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| w.tlv(tag::ENUMERATED, &[status as u8]));
    w.into_vec()
}

fn single(w: &mut Writer, response: &SingleResponse) -> Result<()> {
    let this_update = time("this_update", response.this_update)?;
    if response
        .next_update
        .is_some_and(|next| next < response.this_update)
    {
        return Err(Error::invalid(
            "next_update",
            "must not be before this_update",
        ));
    }
    let next_update = response
        .next_update
        .map(|next| time("next_update", next))
        .transpose()?;
    w.sequence(|w| {
        w.raw(&response.cert_id.der);
        status(w, response.status)?;
        w.generalized_time(&this_update);
        if let Some(next_update) = &next_update {
            w.context(0, |w| w.generalized_time(next_update));
        }
        Ok(())
    })
}

fn status(w: &mut Writer, status: CertStatus) -> Result<()> {
    match status {
        // good [0] and unknown [2] are IMPLICIT NULL; revoked [1] an IMPLICIT SEQUENCE.
        CertStatus::Good => w.tlv(tag::context(0), &[]),
        CertStatus::Unknown => w.tlv(tag::context(2), &[]),
        CertStatus::Revoked { at, reason } => {
            let at = time("at", at)?;
            w.context(1, |w| -> Result<()> {
                w.generalized_time(&at);
                match reason {
                    None | Some(0) => Ok(()),
                    Some(reason @ (1..=6 | 8..=10)) => w.context(0, |w| w.enumerated(reason)),
                    Some(_) => Err(Error::invalid("reason", "is not a CRLReason")),
                }
            })?;
        }
    }
    Ok(())
}

fn nonce(w: &mut Writer, nonce: &[u8]) -> Result<()> {
    if !(1..=128).contains(&nonce.len()) {
        return Err(Error::invalid("nonce", "must have 1 to 128 octets"));
    }
    w.sequence(|w| {
        w.oid(&NONCE);
        w.nested(tag::OCTET_STRING, |w| w.octet_string(nonce));
    });
    Ok(())
}

fn time(field: &'static str, seconds: i64) -> Result<Time> {
    Time::from_unix(seconds).map_err(|error| error.in_field(field))
}

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut w = Writer::new();
    write(&mut w);
    w.into_vec()
}
