//! The threads that the whole process shares: started once, so that no batch has to start its own.

use std::sync::Arc;

/// The system refused to start the threads, and why.
pub use rayon::ThreadPoolBuildError as NoThreads;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::per_process::PerProcess;

static POOL: PerProcess<ThreadPool> = PerProcess::new();

/// Runs `work` inside the pool, one thread for each core.
///
/// # Errors
/// When the system refuses to start the threads.
pub fn with_pool<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R, NoThreads> {
    Ok(pool()?.install(work))
}

/// How many threads the pool has.
///
/// # Errors
/// As [`with_pool`].
pub fn pool_size() -> Result<usize, NoThreads> {
    Ok(pool()?.current_num_threads())
}

fn pool() -> Result<Arc<ThreadPool>, NoThreads> {
    POOL.get(|_| {
        ThreadPoolBuilder::new()
            .thread_name(|n| format!("signer-{n}"))
            .build()
    })
}
