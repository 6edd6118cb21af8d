//! What all user certificates of one authority share, encoded once.

use std::str::FromStr;

use der::{Decode, Encode};
use x509_cert::name::Name;

use super::request::UserCertificateRequest;
use super::{build, check};
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
}

impl UserCertificateTemplate {
    /// Checks the inputs and encodes the constant parts.
    ///
    /// # Errors
    /// `InvalidArgument` naming the field and the rule.
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
        Ok(Self { inputs, parts })
    }

    /// The to-be-signed bytes, built and then read back and compared with the request.
    ///
    /// # Errors
    /// `InvalidArgument` for what can't be encoded, `ProfileMismatch` naming the field that does
    /// not say what was asked.
    pub fn encode_checked(&self, request: &UserCertificateRequest) -> Result<Vec<u8>> {
        let tbs = build::tbs_certificate(&self.parts, request)?;
        self.check(request, &tbs)?;
        Ok(tbs)
    }

    /// Compares to-be-signed bytes with the request and this template's inputs, field by field.
    ///
    /// # Errors
    /// `ProfileMismatch` naming the field and the rule.
    pub fn check(&self, request: &UserCertificateRequest, tbs: &[u8]) -> Result<()> {
        check::check(&self.inputs, request, tbs)
    }
}

/// A non-empty `Name` in DER.
pub(super) fn check_name(field: &str, der: &[u8]) -> Result<()> {
    let canonical = Name::from_der(der)
        .and_then(|name| Ok(!name.is_empty() && name.to_der()? == der))
        .unwrap_or(false);
    if canonical {
        return Ok(());
    }
    Err(Error::InvalidArgument(format!(
        "{field}: must be a non-empty Name in DER"
    )))
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
