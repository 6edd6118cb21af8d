//! Paths of four certificates with policies, judged by the crate `path` on one thread.
//!
//!     path-rate FOLDER plain     certificates parsed and verified each time
//!     path-rate FOLDER lists     the same with a list of each authority, parsed and verified too
//!     path-rate FOLDER cached    certificates parsed each time, another target each time;
//!                                what authorities signed is verified once in a few thousand
//!     path-rate FOLDER kept      lists parsed and verified once, certificates parsed each time
//!
//! Each line of input is answered with paths a second.
//! FOLDER has anchor.der, first.der, second.der, targets.der (one after another), 0.crl to 2.crl.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use path::discovery::{Query, Settings, validate_target};
use path::pool::{Material, Pool};
use path::revocation::{RevocationMode, RevocationRules};
use path::{Certificate, PathPolicy, VerifiedCache};
use signer_core_bench::{Outcome, answer, per_second};

/// 2025-06-01T00:00:00Z.
const AT: i64 = 1_748_736_000;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, mode] = &arguments[..] else {
        return Err("path-rate FOLDER plain|lists|cached|kept".into());
    };
    let files = Files::read(Path::new(folder))?;
    let mut work = Work::new(&files, mode)?;
    answer(|seconds| work.rate(seconds))
}

struct Files {
    anchor: Vec<u8>,
    authorities: [Vec<u8>; 2],
    targets: Vec<Vec<u8>>,
    lists: Vec<Vec<u8>>,
}

impl Files {
    fn read(folder: &Path) -> io::Result<Self> {
        let read = |name: &str| fs::read(folder.join(name));
        Ok(Self {
            anchor: read("anchor.der")?,
            authorities: [read("first.der")?, read("second.der")?],
            targets: split(&read("targets.der")?),
            lists: vec![read("0.crl")?, read("1.crl")?, read("2.crl")?],
        })
    }
}

/// Certificates of 256 to 65,535 octets, one after another.
fn split(mut octets: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while let [0x30, 0x82, high, low, ..] = *octets {
        let (one, rest) = octets.split_at(4 + usize::from(u16::from_be_bytes([high, low])));
        found.push(one.to_vec());
        octets = rest;
    }
    found
}

struct Work<'a> {
    files: &'a Files,
    /// Lists that are parsed each time.
    parsed: &'a [Vec<u8>],
    /// Lists that were parsed once.
    kept: Vec<Arc<Material>>,
    revocation: RevocationMode,
    settings: Settings,
    /// Whether signatures that held are remembered, until every target was asked about once.
    remember: bool,
    next: usize,
}

impl<'a> Work<'a> {
    fn new(files: &'a Files, mode: &str) -> Outcome<Self> {
        let mut work = Self {
            files,
            parsed: &[],
            kept: Vec::new(),
            revocation: RevocationMode::Off,
            settings: Settings::default(),
            remember: false,
            next: 0,
        };
        match mode {
            "plain" => {}
            "cached" => work.remember = true,
            "lists" => {
                work.parsed = &files.lists;
                work.revocation = RevocationMode::Require(RevocationRules::default());
            }
            "kept" => {
                work.remember = true;
                work.kept = files.lists.iter().map(|list| material(list)).collect();
                work.revocation = RevocationMode::Require(RevocationRules::default());
            }
            _ => return Err("no such mode".into()),
        }
        Ok(work)
    }

    fn rate(&mut self, seconds: Duration) -> Outcome<f64> {
        per_second(seconds, || {
            for _ in 0..16 {
                self.once()?;
            }
            Ok(16)
        })
    }

    fn once(&mut self) -> Outcome<()> {
        if self.remember && self.next == 0 {
            self.settings.cache = Some(Arc::new(VerifiedCache::new(1 << 16)));
        }
        let target = &self.files.targets[self.next];
        self.next = (self.next + 1) % self.files.targets.len();
        let mut materials = self.kept.clone();
        materials.extend(self.files.authorities.iter().map(|one| material(one)));
        materials.extend(self.parsed.iter().map(|one| material(one)));
        let query = Query {
            target: Certificate::read(target).map_err(|error| error.to_string())?,
            anchors: [Certificate::read(&self.files.anchor).map_err(|error| error.to_string())?]
                .into(),
            pool: Arc::new(Pool::new(&materials)),
            at: AT,
            policy: PathPolicy {
                explicit: true,
                ..PathPolicy::default()
            },
            revocation: self.revocation.clone(),
        };
        let verdict = validate_target(&query, &self.settings);
        match verdict.outcome {
            Ok(valid) if !valid.policies.user.is_empty() => Ok(()),
            Ok(_) => Err("no policy is left".into()),
            Err(refusal) => Err(refusal.to_string().into()),
        }
    }
}

fn material(octets: &[u8]) -> Arc<Material> {
    Arc::new(Material::read(octets))
}
