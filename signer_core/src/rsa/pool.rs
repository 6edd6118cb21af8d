//! The threads that the whole process shares, made once, so that a batch starts none.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

/// The pool and the process that made it. Threads do not survive a fork, so a child that finds
/// its parent's pool makes its own instead of waiting for ever.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// Runs `work` inside the pool, one thread for each core.
///
/// # Errors
/// `InvalidArgument` when the system refuses to start the threads.
pub(crate) fn with_pool<R: Send>(work: impl FnOnce() -> R + Send) -> Result<R> {
    Ok(pool()?.install(work))
}

fn pool() -> Result<Arc<ThreadPool>> {
    let mut held = POOL.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((owner, pool)) = held.as_ref()
        && *owner == process
    {
        return Ok(Arc::clone(pool));
    }
    let pool = ThreadPoolBuilder::new()
        .thread_name(|n| format!("signer-{n}"))
        .build()
        .map_err(|error| Error::InvalidArgument(format!("threads: {error}")))?;
    let pool = Arc::new(pool);
    // Dropping a parent's pool would wait for threads that are not there.
    std::mem::forget(held.replace((process, Arc::clone(&pool))));
    Ok(pool)
}
