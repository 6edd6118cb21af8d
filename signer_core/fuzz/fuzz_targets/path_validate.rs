//! A path of whatever can be read, under a good anchor: never valid, as nothing here has its
//! signature but what the seeds hold, and never more work than the limits allow.
#![no_main]

use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use path::discovery::{Limits, Query, ROUNDS, Settings, validate_target};
use path::pool::{Material, Pool};
use path::revocation::{RevocationMode, RevocationRules};
use path::{Certificate, PathPolicy};

/// 2025-06-01T00:00:00Z.
const AT: i64 = 1_748_736_000;
const ANCHOR: &[u8] = include_bytes!("../seeds/path_validate/anchor.der");
const TARGET: &[u8] = include_bytes!("../seeds/path_validate/target.der");

static GOOD: LazyLock<[Certificate; 2]> =
    LazyLock::new(|| [ANCHOR, TARGET].map(|octets| Certificate::read(octets).unwrap()));

fuzz_target!(|input: (Vec<Vec<u8>>, Option<Vec<u8>>, bool)| {
    let (parts, target, lists) = input;
    let target = match target {
        // The good one: a path to it leads through what the input has in the place of its issuer.
        None => GOOD[1].clone(),
        Some(octets) => match Certificate::read(&octets) {
            Ok(read) => read,
            Err(_) => return,
        },
    };
    let materials: Vec<_> = parts
        .iter()
        .map(|octets| Arc::new(Material::read(octets)))
        .collect();
    let query = Query {
        target,
        anchors: [GOOD[0].clone()].into(),
        pool: Arc::new(Pool::new(&materials)),
        at: AT,
        policy: PathPolicy::default(),
        revocation: if lists {
            RevocationMode::Require(RevocationRules::default())
        } else {
            RevocationMode::Off
        },
    };
    let settings = Settings::default();
    let verdict = validate_target(&query, &settings);
    let limits = Limits::default();
    assert!(verdict.spent.steps <= ROUNDS * limits.steps);
    assert!(verdict.spent.signatures <= limits.signatures);
    assert!(verdict.spent.paths <= ROUNDS * limits.paths);
    if verdict.outcome.is_ok() {
        assert!(verdict.path.len() <= limits.path_length);
        assert!(verdict.anchor.is_some());
    }
});
