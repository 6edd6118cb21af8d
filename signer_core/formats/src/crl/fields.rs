//! What a revocation list says beside its entries.

use der::Decode;
use x509_cert::ext::pkix::{FreshestCrl, IssuingDistributionPoint};
use x509_cert::name::RdnSequence;

use crate::der::{Time, Writer, oid, tag};
use crate::error::{Error, Result};
use crate::signing::Hash;

/// The fields of a list.
#[derive(Debug, Clone, Copy)]
pub struct CrlFields<'a> {
    /// The issuer's `Name`, DER, exactly as in its certificate.
    pub issuer: &'a [u8],
    /// What the signature hashes with, and so which algorithm it is (RFC 4055).
    pub hash: Hash,
    /// Seconds since 1970.
    pub this_update: i64,
    /// Seconds since 1970; after `this_update`.
    pub next_update: i64,
    /// cRLNumber, rising with each list of this scope.
    pub crl_number: u64,
    /// The issuer's subjectKeyIdentifier.
    pub authority_key_id: &'a [u8],
    /// The value of the critical issuingDistributionPoint, DER.
    pub issuing_distribution_point: Option<&'a [u8]>,
    /// BaseCRLNumber of a delta list: the number of the complete list that it adds to.
    pub base_crl_number: Option<u64>,
    /// The value of a complete list's freshestCRL, DER: where its delta lists are.
    pub freshest: Option<&'a [u8]>,
}

impl CrlFields<'_> {
    /// version, signature, issuer, thisUpdate, nextUpdate.
    pub(super) fn opening(&self) -> Result<Vec<u8>> {
        let issuer = RdnSequence::from_der(self.issuer)
            .map_err(|error| Error::not_der("issuer", error.kind()))?;
        if issuer.0.is_empty() {
            // RFC 5280 5.1.2.3: a list's issuer is never empty.
            return Err(Error::invalid("issuer", "is empty"));
        }
        if self.next_update <= self.this_update {
            return Err(Error::invalid("next_update", "must be after this_update"));
        }
        let mut w = Writer::with_capacity(self.issuer.len() + 64);
        w.unsigned_u64(1);
        w.algorithm_with_null(self.hash.signature_algorithm());
        w.raw(self.issuer);
        let time =
            |field, seconds| Time::from_unix(seconds).map_err(|error: Error| error.in_field(field));
        w.time(&time("this_update", self.this_update)?);
        w.time(&time("next_update", self.next_update)?);
        Ok(w.into_vec())
    }

    /// crlExtensions: authorityKeyIdentifier, cRLNumber, deltaCRLIndicator, issuingDistributionPoint,
    /// freshestCRL.
    pub(super) fn extensions(&self) -> Result<Vec<u8>> {
        if self.authority_key_id.is_empty() {
            return Err(Error::invalid("authority_key_id", "is empty"));
        }
        if let Some(point) = self.issuing_distribution_point {
            IssuingDistributionPoint::from_der(point)
                .map_err(|error| Error::not_der("issuingDistributionPoint", error.kind()))?;
        }
        if let Some(freshest) = self.freshest {
            FreshestCrl::from_der(freshest)
                .map_err(|error| Error::not_der("freshestCRL", error.kind()))?;
        }
        if let Some(base) = self.base_crl_number {
            // RFC 5280 5.2.4: both have one sequence of numbers, and this one comes later.
            if base >= self.crl_number {
                return Err(Error::invalid(
                    "base_crl_number",
                    "must be below crl_number",
                ));
            }
            if self.freshest.is_some() {
                // RFC 5280 5.2.6.
                return Err(Error::invalid("freshest", "must not be in a delta list"));
            }
        }
        let mut key_id = Writer::new();
        key_id.sequence(|w| w.tlv(tag::context(0), self.authority_key_id));
        let mut number = Writer::new();
        number.unsigned_u64(self.crl_number);
        let mut w = Writer::new();
        w.context(0, |w| {
            w.sequence(|w| {
                w.extension(&oid::AUTHORITY_KEY_IDENTIFIER, false, key_id.as_slice());
                w.extension(&oid::CRL_NUMBER, false, number.as_slice());
                if let Some(base) = self.base_crl_number {
                    // RFC 5280 5.2.4: always critical, so that nobody takes it for a complete list.
                    let mut indicator = Writer::new();
                    indicator.unsigned_u64(base);
                    w.extension(&oid::DELTA_CRL_INDICATOR, true, indicator.as_slice());
                }
                if let Some(point) = self.issuing_distribution_point {
                    // RFC 5280 5.2.5: always critical.
                    w.extension(&oid::ISSUING_DISTRIBUTION_POINT, true, point);
                }
                if let Some(freshest) = self.freshest {
                    w.extension(&oid::FRESHEST_CRL, false, freshest);
                }
            });
        });
        Ok(w.into_vec())
    }
}
