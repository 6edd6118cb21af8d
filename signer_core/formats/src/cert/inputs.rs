//! What is constant for an authority, as the caller gives it.

use std::str::FromStr;

use super::name::check_name;
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

impl TemplateInputs {
    /// Checks every field; the policy's object identifier.
    ///
    /// # Errors
    /// `InvalidArgument` naming the field and the rule.
    pub(super) fn check(&self) -> Result<ObjectIdentifier> {
        check_name("issuer", &self.issuer)?;
        check_name("issuer_alt_name", &self.issuer_alt_name)?;
        let policy = ObjectIdentifier::from_str(&self.policy)
            .map_err(|_| Error::InvalidArgument("policy: is not an object identifier".into()))?;
        check_url("cps_url", &self.cps_url)?;
        if let Some(url) = &self.ocsp_url {
            check_url("ocsp_url", url)?;
        }
        if !(1..=MAX_KEY_IDENTIFIER).contains(&self.authority_key_identifier.len()) {
            return Err(Error::InvalidArgument(
                "authority_key_identifier: must have 1 to 64 octets".into(),
            ));
        }
        Ok(policy)
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
