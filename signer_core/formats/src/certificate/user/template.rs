//! What all user certificates of one generation of an authority share, encoded once.

use std::sync::Arc;

use super::inputs::TemplateInputs;
use super::request::UserCertificateRequest;
use super::{build, each, proven, sample};
use crate::certificate::check::check;
use crate::certificate::checked::CheckedTbs;
use crate::certificate::faults::require;
use crate::certificate::kinds::USER;
use crate::certificate::name::check_name;
use crate::error::Result;

/// Encodes and checks the user certificates of one authority.
pub struct UserCertificateTemplate {
    inputs: TemplateInputs,
    signer: Arc<[u8]>,
    parts: build::Parts,
    proven: proven::Proven,
}

impl UserCertificateTemplate {
    /// Checks the inputs, encodes the constant parts, and has the engine's check read a sample.
    ///
    /// # Errors
    /// `InvalidArgument` naming the field and the rule, `ProfileMismatch` when the sample does not
    /// say what the inputs do.
    pub fn new(inputs: TemplateInputs) -> Result<Self> {
        // The sample's partition has this name too, and would be refused first.
        check_name("issuer", &inputs.issuer)?;
        let sample = sample::request(&inputs)?;
        let asked = inputs.asked(&sample)?;
        let parts = build::Parts::new(&asked)?;
        let proven = proven::Proven::new(&asked, &build::tbs_certificate(&parts, &sample)?)?;
        Ok(Self {
            signer: inputs.issuer_key.as_slice().into(),
            inputs,
            parts,
            proven,
        })
    }

    /// What can be signed: built, read back and compared with the request.
    ///
    /// # Errors
    /// `InvalidArgument` for what can't be encoded, `ProfileMismatch` naming the field that does
    /// not say what was asked.
    pub fn build(&self, request: &UserCertificateRequest) -> Result<CheckedTbs> {
        require(
            "public_key",
            "does not stand to the issuer's key as the profile says",
            request.fields().public_key != self.inputs.issuer_key,
        )?;
        let tbs = build::tbs_certificate(&self.parts, request)?;
        self.check_own(request, &tbs)?;
        let signer = Arc::clone(&self.signer);
        Ok(CheckedTbs::passed(tbs, self.inputs.signature, signer))
    }

    /// The check of what this template has just built.
    pub(super) fn check_own(&self, request: &UserCertificateRequest, tbs: &[u8]) -> Result<()> {
        each::check(&self.proven, request, tbs)
    }

    /// Compares to-be-signed bytes of any origin with the request and this template's inputs: the
    /// engine's check.
    ///
    /// # Errors
    /// `ProfileMismatch` naming the field and the rule.
    pub fn check(&self, request: &UserCertificateRequest, tbs: &[u8]) -> Result<CheckedTbs> {
        check(&USER, &self.inputs.asked(request)?, tbs)
    }
}
