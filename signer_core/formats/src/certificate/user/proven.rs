//! The parts all certificates of an authority share, as another encoder writes what the complete
//! check accepted.

use der::{Decode, Encode};
use x509_cert::TbsCertificate;
use x509_cert::ext::Extension;

use super::segments;
use crate::certificate::asked::Asked;
use crate::certificate::check::check;
use crate::certificate::faults::mismatch;
use crate::certificate::kinds::USER;
use crate::certificate::profile::ExtensionRule;
use crate::error::Result;

/// Whole elements in the order they stand in, with what differs from person to person between them.
pub(super) struct Proven {
    /// `[0] EXPLICIT` version.
    pub(super) version: Vec<u8>,
    /// signature AlgorithmIdentifier and issuer.
    pub(super) signature_and_issuer: Vec<u8>,
    /// First RDN of the subject.
    pub(super) country: Vec<u8>,
    /// Extensions before subjectAltName.
    pub(super) before_names: Vec<u8>,
    /// Extensions between it and cRLDistributionPoints.
    pub(super) before_points: Vec<u8>,
    /// Extensions between that and subjectKeyIdentifier.
    pub(super) before_identifier: Vec<u8>,
}

impl Proven {
    /// Takes the constant parts of a sample that passes the engine's check.
    ///
    /// # Errors
    /// As [`check`].
    pub(super) fn new(asked: &Asked, sample: &[u8]) -> Result<Self> {
        let checked = check(&USER, asked, sample)?;
        let segments = segments::constant()?;
        Self::taken_from(checked.octets(), segments)
            .map_err(|_| mismatch("tbsCertificate", "does not read back"))
    }

    fn taken_from(sample: &[u8], segments: [&[ExtensionRule]; 3]) -> der::Result<Self> {
        let parsed = TbsCertificate::from_der(sample)?;
        let version = der::asn1::ContextSpecificRef {
            tag_number: der::TagNumber::N0,
            tag_mode: der::TagMode::Explicit,
            value: &parsed.version,
        };
        let mut signature_and_issuer = parsed.signature.to_der()?;
        parsed.issuer.encode_to_vec(&mut signature_and_issuer)?;
        let extensions = parsed.extensions.as_deref().unwrap_or_default();
        let [before_names, before_points, before_identifier] = segments;
        Ok(Self {
            version: version.to_der()?,
            signature_and_issuer,
            country: encoded(parsed.subject.0.iter().take(1))?,
            before_names: those(extensions, before_names)?,
            before_points: those(extensions, before_points)?,
            before_identifier: those(extensions, before_identifier)?,
        })
    }
}

/// The extensions of these rules that are there; the check has seen which and in what order.
fn those(extensions: &[Extension], rules: &[ExtensionRule]) -> der::Result<Vec<u8>> {
    let wanted = |e: &&Extension| rules.iter().any(|rule| rule.extension.oid() == e.extn_id);
    encoded(extensions.iter().filter(wanted))
}

fn encoded<'a, T: Encode + 'a>(elements: impl Iterator<Item = &'a T>) -> der::Result<Vec<u8>> {
    let mut all = Vec::new();
    for element in elements {
        element.encode_to_vec(&mut all)?;
    }
    Ok(all)
}
