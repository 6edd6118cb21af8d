//! What all user certificates of one authority share, encoded once.

use std::str::FromStr;

use super::name::check_name;
use super::request::UserCertificateRequest;
use super::{build, check, sample};
use crate::der::oid::ObjectIdentifier;
use crate::error::{Error, Result};

/// RFC 5280 4.2.1.1 sets no size; SHA-1 gives 20 octets and nothing in use exceeds 64.
const MAX_KEY_IDENTIFIER: usize = 64;

/// The authority's constants, as the caller gives them.
#[derive(Debug, Clone)]
pub struct TemplateInputs {
    /// Issuer DN: the authority certificate's subject, byte for byte (`Name` DER).
    pub issuer: Vec<u8>,
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

/// Encodes and checks the user certificates of one authority.
pub struct UserCertificateTemplate {
    inputs: TemplateInputs,
    parts: build::Parts,
    proven: check::Proven,
}

impl UserCertificateTemplate {
    /// Checks the inputs, encodes the constant parts, and has the complete check read a sample.
    ///
    /// # Errors
    /// `InvalidArgument` naming the field and the rule, `ProfileMismatch` when the sample does not
    /// say what the inputs do.
    pub fn new(inputs: TemplateInputs) -> Result<Self> {
        check_name("issuer", &inputs.issuer)?;
        check_name("issuer_alt_name", &inputs.issuer_alt_name)?;
        let policy = ObjectIdentifier::from_str(&inputs.policy)
            .map_err(|_| Error::InvalidArgument("policy: is not an object identifier".into()))?;
        check_url("cps_url", &inputs.cps_url)?;
        if let Some(url) = &inputs.ocsp_url {
            check_url("ocsp_url", url)?;
        }
        if !(1..=MAX_KEY_IDENTIFIER).contains(&inputs.authority_key_identifier.len()) {
            return Err(Error::InvalidArgument(
                "authority_key_identifier: must have 1 to 64 octets".into(),
            ));
        }
        let parts = build::Parts::new(&inputs, &policy)?;
        let sample = sample::request(&inputs)?;
        let tbs = build::tbs_certificate(&parts, &sample)?;
        let proven = check::Proven::new(&inputs, &sample, &tbs)?;
        Ok(Self {
            inputs,
            parts,
            proven,
        })
    }

    /// The to-be-signed bytes, built and then read back and compared with the request.
    ///
    /// # Errors
    /// `InvalidArgument` for what can't be encoded, `ProfileMismatch` naming the field that does
    /// not say what was asked.
    pub fn encode_checked(&self, request: &UserCertificateRequest) -> Result<Vec<u8>> {
        let tbs = build::tbs_certificate(&self.parts, request)?;
        self.check_own(request, &tbs)?;
        Ok(tbs)
    }

    /// The check of what this template has just built.
    pub(super) fn check_own(&self, request: &UserCertificateRequest, tbs: &[u8]) -> Result<()> {
        check::each::check(&self.proven, request, tbs)
    }

    /// Compares to-be-signed bytes with the request and this template's inputs, field by field: the
    /// complete check, for bytes of any origin.
    ///
    /// # Errors
    /// `ProfileMismatch` naming the field and the rule.
    pub fn check(&self, request: &UserCertificateRequest, tbs: &[u8]) -> Result<()> {
        check::complete::check(&self.inputs, request, tbs)
    }
}

/// An absolute URI in IA5String's printable repertoire (RFC 5280 4.2.1.6).
pub(super) fn check_url(field: &str, url: &str) -> Result<()> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let known = matches!(scheme, "http" | "https" | "ldap");
    if known && !rest.is_empty() && url.bytes().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    Err(Error::InvalidArgument(format!(
        "{field}: must be an http, https or ldap URL of printable ASCII"
    )))
}
