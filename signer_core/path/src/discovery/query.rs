//! What is asked, and how.

use std::sync::Arc;

use super::Limits;
use crate::certificate::Certificate;
use crate::policies::PathPolicy;
use crate::pool::Pool;
use crate::revocation::RevocationMode;
use crate::signature::{KnownKeys, SignaturePolicy, VerifiedCache};

/// Whether there is a valid path to this certificate. Clones share everything.
#[derive(Clone)]
pub struct Query {
    /// The certificate asked about. It need not be in the pool.
    pub target: Certificate,
    /// Who is trusted. They need not be in the pool.
    pub anchors: Arc<[Certificate]>,
    /// What paths are built from and judged with.
    pub pool: Arc<Pool>,
    /// The time asked about, seconds since 1970.
    pub at: i64,
    /// What is asked of the path's policies.
    pub policy: PathPolicy,
    /// Whether revocation is asked about.
    pub revocation: RevocationMode,
}

/// How questions are answered.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What one question may cost.
    pub limits: Limits,
    /// Which keys and signatures are allowed.
    pub signatures: SignaturePolicy,
    /// Signatures that held before, for all questions and threads.
    pub cache: Option<Arc<VerifiedCache>>,
    /// Keys that verified before, likewise.
    pub keys: Arc<KnownKeys>,
}
