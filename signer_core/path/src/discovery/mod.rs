//! Finding a path (RFC 4158): from the target towards the anchors, through a pool.

mod anchors;
mod beginnings;
mod closest;
mod limits;
mod order;
mod query;
mod search;
mod signers;
#[cfg(test)]
mod tests;
mod verdict;

use rayon::prelude::*;
use threads::{NoThreads, with_pool};

use crate::revocation::{PoolRevocation, RevocationMode};
use crate::signature::Signatures;
use search::Search;
use signers::Signers;

pub use limits::{Limits, ROUNDS};
pub use query::{Query, Settings};
pub use verdict::{Spent, Verdict};

/// Finds a valid path from one of the anchors to the target, or says best why there is none.
///
/// The answer depends on nothing but the question and the settings.
#[must_use]
pub fn validate_target(query: &Query, settings: &Settings) -> Verdict {
    let mut signatures = Signatures::new(settings.signatures, settings.limits.signatures)
        .with_keys(settings.keys.clone());
    if let Some(cache) = &settings.cache {
        signatures = signatures.with_cache(cache.clone());
    }
    match &query.revocation {
        RevocationMode::Off => Search::new(query, settings, None, &mut signatures).run(),
        RevocationMode::Require(rules) => {
            let signers = Signers::new(query, settings, rules.clone());
            let revocation = PoolRevocation::new(&query.pool, rules.clone(), &signers);
            Search::new(query, settings, Some(&revocation), &mut signatures).run()
        }
    }
}

/// Answers many questions on all cores, in the order asked.
///
/// # Errors
/// When the system refuses to start the threads.
pub fn batch(queries: &[Query], settings: &Settings) -> Result<Vec<Verdict>, NoThreads> {
    with_pool(|| {
        queries
            .par_iter()
            .map(|query| validate_target(query, settings))
            .collect()
    })
}
