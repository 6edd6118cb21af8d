//! The parts all certificates of an authority share, as another encoder writes what the complete
//! check accepted.

use der::{Decode, Encode};
use x509_cert::TbsCertificate;
use x509_cert::ext::Extension;

use super::{complete, mismatch};
use crate::cert::inputs::TemplateInputs;
use crate::cert::oids;
use crate::cert::request::UserCertificateRequest;
use crate::der::oid::{AUTHORITY_KEY_IDENTIFIER, ObjectIdentifier};
use crate::error::Result;

/// Whole elements in the order they stand in, with what differs from person to person between them.
pub(in crate::cert) struct Proven {
    /// `[0] EXPLICIT` version.
    pub(super) version: Vec<u8>,
    /// signature AlgorithmIdentifier and issuer.
    pub(super) signature_and_issuer: Vec<u8>,
    /// First RDN of the subject.
    pub(super) country: Vec<u8>,
    pub(super) key_usage: Vec<u8>,
    /// certificatePolicies and issuerAltName.
    pub(super) policies_and_issuer_name: Vec<u8>,
    /// authorityInfoAccess, where used, and authorityKeyIdentifier.
    pub(super) authority: Vec<u8>,
}

impl Proven {
    /// Takes the constant parts of a sample that passes the complete check.
    ///
    /// # Errors
    /// `ProfileMismatch` as [`complete::check`].
    pub(in crate::cert) fn new(
        inputs: &TemplateInputs,
        request: &UserCertificateRequest,
        sample: &[u8],
    ) -> Result<Self> {
        complete::check(inputs, request, sample)?;
        Self::taken_from(sample).map_err(|_| mismatch("tbsCertificate", "does not read back"))
    }

    fn taken_from(sample: &[u8]) -> der::Result<Self> {
        let parsed = TbsCertificate::from_der(sample)?;
        let version = der::asn1::ContextSpecificRef {
            tag_number: der::TagNumber::N0,
            tag_mode: der::TagMode::Explicit,
            value: &parsed.version,
        };
        let mut signature_and_issuer = parsed.signature.to_der()?;
        parsed.issuer.encode_to_vec(&mut signature_and_issuer)?;
        let extensions = parsed.extensions.as_deref().unwrap_or_default();
        Ok(Self {
            version: version.to_der()?,
            signature_and_issuer,
            country: encoded(parsed.subject.0.iter().take(1))?,
            key_usage: those(extensions, &[oids::KEY_USAGE])?,
            policies_and_issuer_name: those(
                extensions,
                &[oids::CERTIFICATE_POLICIES, oids::ISSUER_ALT_NAME],
            )?,
            authority: those(
                extensions,
                &[oids::AUTHORITY_INFO_ACCESS, AUTHORITY_KEY_IDENTIFIER],
            )?,
        })
    }
}

/// The extensions of these kinds that are there; the complete check has seen which and in what order.
fn those(extensions: &[Extension], wanted: &[ObjectIdentifier]) -> der::Result<Vec<u8>> {
    encoded(extensions.iter().filter(|e| wanted.contains(&e.extn_id)))
}

fn encoded<'a, T: Encode + 'a>(elements: impl Iterator<Item = &'a T>) -> der::Result<Vec<u8>> {
    let mut all = Vec::new();
    for element in elements {
        element.encode_to_vec(&mut all)?;
    }
    Ok(all)
}
