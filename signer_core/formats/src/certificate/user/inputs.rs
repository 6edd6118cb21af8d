//! What is constant for an authority, as the caller gives it.

use std::str::FromStr;

use super::request::UserCertificateRequest;
use crate::certificate::asked::{AltName, Asked, Policies, SignatureAlgorithm, Subject, Values};
use crate::certificate::faults::refused;
use crate::der::oid::ObjectIdentifier;
use crate::error::Result;

/// The authority's constants, as the caller gives them.
#[derive(Debug, Clone)]
pub struct TemplateInputs {
    /// Issuer DN: the authority certificate's subject, byte for byte (`Name` DER).
    pub issuer: Vec<u8>,
    /// The authority's public key, SubjectPublicKeyInfo DER.
    pub issuer_key: Vec<u8>,
    /// What signs.
    pub signature: SignatureAlgorithm,
    /// Certificate policy OID, dotted.
    pub policy: String,
    /// CPS qualifier URI.
    pub cps_url: String,
    /// issuerAltName directoryName (`Name` DER), the authority's name in Japanese.
    pub issuer_alt_name: Vec<u8>,
    /// OCSP address for authorityInfoAccess, where policy says so.
    pub ocsp_url: Option<String>,
    /// The authority certificate's subjectKeyIdentifier.
    pub authority_key_identifier: Vec<u8>,
}

impl TemplateInputs {
    /// What a request asks of this authority, as the engine takes it.
    ///
    /// # Errors
    /// `InvalidArgument` when the policy is no object identifier.
    pub(super) fn asked(&self, request: &UserCertificateRequest) -> Result<Asked> {
        let policy = ObjectIdentifier::from_str(&self.policy)
            .map_err(|_| refused("policy", "is not an object identifier"))?;
        let fields = request.fields();
        Ok(Asked {
            serial: fields.serial.clone(),
            signature: self.signature,
            issuer: self.issuer.clone(),
            issuer_key: self.issuer_key.clone(),
            not_before: fields.not_before,
            not_after: fields.not_after,
            subject: Subject::Person {
                prefecture: fields.prefecture.clone(),
                municipality: fields.municipality.clone(),
                common_name: fields.common_name.clone(),
            },
            public_key: fields.public_key.clone(),
            values: Values {
                subject_alt_name: Some(AltName::Person(request.other_names().map(str::to_owned))),
                issuer_alt_name: Some(self.issuer_alt_name.clone()),
                policies: Some(Policies {
                    identifiers: vec![policy],
                    cps_url: Some(self.cps_url.clone()),
                }),
                distribution_point: Some(fields.partition.clone()),
                distribution_url: fields.partition_url.clone(),
                ocsp_url: self.ocsp_url.clone(),
                authority_key_identifier: Some(self.authority_key_identifier.clone()),
                ..Values::default()
            },
        })
    }
}
