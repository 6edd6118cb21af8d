//! Finding a path (RFC 4158): from the target towards the anchors, through a pool.

mod limits;
mod query;
mod verdict;

pub use limits::Limits;
pub use query::{Query, Settings};
pub use verdict::{Spent, Verdict};

use threads::{NoThreads, with_pool};

use crate::verdict::{Reason, Refusal};

/// Finds a valid path from one of the anchors to the target, or says best why there is none.
#[must_use]
pub fn validate_target(_query: &Query, _settings: &Settings) -> Verdict {
    Verdict {
        anchor: None,
        path: Vec::new(),
        outcome: Err(Refusal::new(Reason::NoPath, "nothing is searched yet")),
        spent: Spent::default(),
    }
}

/// Answers many questions on all cores, in the order asked.
///
/// # Errors
/// When the system refuses to start the threads.
pub fn batch(queries: &[Query], settings: &Settings) -> Result<Vec<Verdict>, NoThreads> {
    with_pool(|| {
        queries
            .iter()
            .map(|query| validate_target(query, settings))
            .collect()
    })
}
