//! Questions about certification paths and their answers, for Python.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use formats::error::{Error, Kind};
use path::{
    Certificate, Evidence, Limits, Material, Oid, PathPolicy, Pool, Query, Reason, Refusal,
    RevocationMode, RevocationRules, Settings, SignaturePolicy, Unreadable, Verdict, VerifiedCache,
    validate_target,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use rayon::prelude::*;
use threads::with_pool;

use crate::error::Result;
use crate::path::{PathCertificate, PathPool};

/// Whether there is a valid path to a certificate.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct PathQuestion {
    target: Arc<[u8]>,
    anchors: Arc<[Certificate]>,
    pool: Arc<Pool>,
    at: i64,
    policy: PathPolicy,
    revocation: RevocationMode,
}

#[pymethods]
impl PathQuestion {
    #[new]
    #[pyo3(signature = (
        target, *, anchors, pool, at, policies=None, explicit_policy=false, inhibit_mapping=false,
        inhibit_any=false, revocation=true, accept_renumbered=None, delegated_lists=true
    ))]
    #[expect(clippy::too_many_arguments, clippy::fn_params_excessive_bools)]
    fn new(
        target: &[u8],
        anchors: Vec<Py<PathCertificate>>,
        pool: &PathPool,
        at: i64,
        policies: Option<Vec<String>>,
        explicit_policy: bool,
        inhibit_mapping: bool,
        inhibit_any: bool,
        revocation: bool,
        accept_renumbered: Option<Vec<[u8; 32]>>,
        delegated_lists: bool,
    ) -> Result<Self> {
        let initial = match policies {
            None => PathPolicy::default().initial,
            Some(texts) => texts
                .iter()
                .map(|text| Oid::from_string(text))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| Error::invalid("policies", "must be dotted object identifiers"))?,
        };
        Ok(Self {
            target: target.into(),
            anchors: anchors.iter().map(|one| one.get().0.clone()).collect(),
            pool: Arc::clone(&pool.0),
            at,
            policy: PathPolicy {
                initial,
                explicit: explicit_policy,
                inhibit_mapping,
                inhibit_any,
            },
            revocation: if revocation {
                RevocationMode::Require(RevocationRules {
                    accept_renumbered: accept_renumbered.unwrap_or_default().into(),
                    issuing_key_only: !delegated_lists,
                })
            } else {
                RevocationMode::Off
            },
        })
    }
}

impl PathQuestion {
    /// The first certificate of the octets, PEM or DER, is the one asked about.
    fn target(&self) -> std::result::Result<Certificate, Unreadable> {
        Material::read(&self.target).first_certificate().cloned()
    }

    fn answer(&self, settings: &Settings) -> PathVerdict {
        let begun = Instant::now();
        // One question must not end the others of its batch, whatever it holds.
        let verdict = catch_unwind(AssertUnwindSafe(|| match self.target() {
            Ok(target) => Ok(validate_target(
                &Query {
                    target,
                    anchors: Arc::clone(&self.anchors),
                    pool: Arc::clone(&self.pool),
                    at: self.at,
                    policy: self.policy.clone(),
                    revocation: self.revocation.clone(),
                },
                settings,
            )),
            Err(why) => Err(Refusal::new(Reason::Unreadable, why.rule)),
        }));
        PathVerdict {
            outcome: match verdict {
                Ok(Ok(verdict)) => Outcome::Searched(Box::new(verdict)),
                Ok(Err(refusal)) => Outcome::Unreadable(refusal),
                Err(_) => Outcome::Fault,
            },
            microseconds: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
        }
    }
}

enum Outcome {
    Searched(Box<Verdict>),
    Unreadable(Refusal),
    /// A fault of ours.
    Fault,
}

/// The answer to one question.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct PathVerdict {
    outcome: Outcome,
    microseconds: u64,
}

impl PathVerdict {
    fn refusal(&self) -> Option<&Refusal> {
        match &self.outcome {
            Outcome::Searched(verdict) => verdict.outcome.as_ref().err(),
            Outcome::Unreadable(refusal) => Some(refusal),
            Outcome::Fault => None,
        }
    }

    fn searched(&self) -> Option<&Verdict> {
        match &self.outcome {
            Outcome::Searched(verdict) => Some(verdict),
            Outcome::Unreadable(_) | Outcome::Fault => None,
        }
    }

    fn policies(&self, which: impl Fn(&path::PolicySets) -> &[Oid]) -> Vec<String> {
        let validated = self.searched().and_then(|one| one.outcome.as_ref().ok());
        validated.map_or_else(Vec::new, |one| {
            which(&one.policies).iter().map(Oid::to_string).collect()
        })
    }

    fn whole_path(&self) -> impl Iterator<Item = &Certificate> {
        self.searched()
            .into_iter()
            .flat_map(|one| one.anchor.iter().chain(&one.path))
    }
}

#[pymethods]
impl PathVerdict {
    #[getter]
    fn accepted(&self) -> bool {
        self.searched().is_some_and(|one| one.outcome.is_ok())
    }

    /// Whether it has no answer through a fault of ours.
    #[getter]
    fn is_fault(&self) -> bool {
        matches!(self.outcome, Outcome::Fault)
    }

    #[getter]
    fn reason(&self) -> Option<&'static str> {
        self.refusal().map(|refusal| refusal.reason.name())
    }

    #[getter]
    fn rule(&self) -> Option<&'static str> {
        self.refusal().map(|refusal| refusal.rule)
    }

    #[getter]
    fn certificate<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let certificate = self.refusal()?.certificate?;
        Some(PyBytes::new(py, &certificate))
    }

    #[getter]
    fn revoked(&self) -> Option<(i64, &'static str)> {
        let revoked = self.refusal()?.revoked?;
        Some((revoked.at, crl_reason(revoked.reason)))
    }

    #[getter]
    fn path(&self) -> Vec<PathCertificate> {
        self.whole_path().cloned().map(PathCertificate).collect()
    }

    #[getter]
    fn path_sha256(&self) -> Vec<String> {
        self.whole_path().map(|one| hex(one.sha256())).collect()
    }

    #[getter]
    fn authority_policies(&self) -> Vec<String> {
        self.policies(|sets| &sets.authority)
    }

    #[getter]
    fn user_policies(&self) -> Vec<String> {
        self.policies(|sets| &sets.user)
    }

    /// A row for each certificate below the anchor: which kind, and SHA-256 of each object.
    #[getter]
    fn evidence<'py>(&self, py: Python<'py>) -> Vec<(&'static str, Vec<Bound<'py, PyBytes>>)> {
        let validated = self.searched().and_then(|one| one.outcome.as_ref().ok());
        let evidence = validated.map_or(&[][..], |one| &one.evidence);
        let hashes = |all: &[path::Sha256]| all.iter().map(|one| PyBytes::new(py, one)).collect();
        evidence
            .iter()
            .map(|one| match one {
                Evidence::Lists(lists) => ("lists", hashes(lists)),
                Evidence::RenumberedLists(lists) => ("renumbered_lists", hashes(lists)),
                Evidence::Response(response) => ("ocsp_response", hashes(&[*response])),
                Evidence::NotAsked => ("not_asked", Vec::new()),
            })
            .collect()
    }

    #[getter]
    fn steps(&self) -> u32 {
        self.searched().map_or(0, |one| one.spent.steps)
    }

    #[getter]
    fn signatures(&self) -> u64 {
        self.searched().map_or(0, |one| one.spent.signatures)
    }

    #[getter]
    fn microseconds(&self) -> u64 {
        self.microseconds
    }
}

/// As RFC 5280 5.3.1 spells it.
fn crl_reason(number: u8) -> &'static str {
    match number {
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => "unspecified",
    }
}

fn hex(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    octets
        .iter()
        .flat_map(|one| [one >> 4, one & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

/// How questions are answered, with what it has verified before.
#[pyclass(frozen, module = "openjpki.signer_core")]
pub(super) struct PathValidator(Settings);

#[pymethods]
impl PathValidator {
    #[new]
    #[pyo3(signature = (
        *, remembered_signatures=0, minimum_rsa_bits=2048, sha1_for_tests=false, path_length=None,
        steps=None, signatures=None, paths=None
    ))]
    fn new(
        remembered_signatures: usize,
        minimum_rsa_bits: usize,
        sha1_for_tests: bool,
        path_length: Option<usize>,
        steps: Option<u32>,
        signatures: Option<u64>,
        paths: Option<u32>,
    ) -> Self {
        let usual = Limits::default();
        Self(Settings {
            limits: Limits {
                path_length: path_length.unwrap_or(usual.path_length),
                steps: steps.unwrap_or(usual.steps),
                signatures: signatures.unwrap_or(usual.signatures),
                paths: paths.unwrap_or(usual.paths),
            },
            signatures: SignaturePolicy {
                minimum_rsa_bits,
                sha1_for_tests,
            },
            cache: (remembered_signatures > 0)
                .then(|| Arc::new(VerifiedCache::new(remembered_signatures))),
            keys: Arc::default(),
        })
    }

    /// One answer, in the calling thread.
    fn validate(&self, py: Python<'_>, question: &PathQuestion) -> PathVerdict {
        py.detach(|| question.answer(&self.0))
    }

    /// Answers in the order asked, on all cores.
    fn validate_all(
        &self,
        py: Python<'_>,
        questions: Vec<Py<PathQuestion>>,
    ) -> Result<Vec<PathVerdict>> {
        let asked: Vec<&PathQuestion> = questions.iter().map(Py::get).collect();
        let answered = py.detach(|| {
            with_pool(|| {
                asked
                    .par_iter()
                    .map(|one| one.answer(&self.0))
                    .collect::<Vec<_>>()
            })
        });
        Ok(answered.map_err(|error| Error::new(Kind::System, error.to_string()))?)
    }
}

pub(super) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<PathQuestion>()?;
    module.add_class::<PathVerdict>()?;
    module.add_class::<PathValidator>()?;
    let names = Reason::ALL.map(Reason::name);
    module.add("PATH_REASONS", PyTuple::new(module.py(), names)?)
}
