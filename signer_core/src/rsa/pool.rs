//! The threads that the whole process shares, made once, so that a batch starts none.

use std::sync::Arc;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::per_process::PerProcess;
use crate::error::{Error, Result};

static POOL: PerProcess<ThreadPool> = PerProcess::new();

/// Runs `work` inside the pool, one thread for each core.
///
/// # Errors
/// `InvalidArgument` when the system refuses to start the threads.
pub(crate) fn with_pool<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R> {
    Ok(pool()?.install(work))
}

/// How many threads the pool has.
///
/// # Errors
/// As [`with_pool`].
pub(super) fn pool_size() -> Result<usize> {
    Ok(pool()?.current_num_threads())
}

fn pool() -> Result<Arc<ThreadPool>> {
    POOL.get(|_| {
        ThreadPoolBuilder::new()
            .thread_name(|n| format!("signer-{n}"))
            .build()
            .map_err(|error| Error::InvalidArgument(format!("threads: {error}")))
    })
}
