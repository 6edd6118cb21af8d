//! What all user certificates of one authority share, encoded once.

use super::inputs::TemplateInputs;
use super::request::UserCertificateRequest;
use super::{build, check, sample};
use crate::error::Result;

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
        let policy = inputs.check()?;
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
