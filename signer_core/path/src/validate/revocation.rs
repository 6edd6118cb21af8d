//! The question whether a certificate was revoked.

use crate::certificate::Certificate;
use crate::signature::Signatures;
use crate::verdict::{Evidence, Refusal};

/// Which certificate is asked about, and where it stands.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// The certificate.
    pub certificate: &'a Certificate,
    /// Its issuer: the certificate above it, or the anchor. Already verified.
    pub issuer: &'a Certificate,
    /// The anchor of the path.
    pub anchor: &'a Certificate,
    /// The whole candidate path, from the anchor's first certificate to the target. Those before
    /// `index` are verified, and asked about already.
    pub path: &'a [Certificate],
    /// The certificate's place in `path`.
    pub index: usize,
    /// The time asked about, seconds since 1970.
    pub at: i64,
}

/// Whoever knows what was revoked.
pub trait Revocation {
    /// Says what shows that the certificate was not revoked at that time.
    ///
    /// # Errors
    /// `Revoked`, `RevocationUnknown`, or what `signatures` refuses with.
    fn check(&self, asked: &Asked<'_>, signatures: &mut Signatures) -> Result<Evidence, Refusal>;
}
