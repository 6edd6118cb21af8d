//! What the whole process shares, made once: a pool of threads, so that a batch starts none, and
//! the queue of single signatures.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::scheduler::{GATHERING, Scheduler};
use crate::error::{Error, Result};

/// The pool and the process that made it. Threads do not survive a fork, so a child that finds
/// its parent's pool makes its own instead of waiting for ever.
static POOL: Mutex<Option<(u32, Arc<ThreadPool>)>> = Mutex::new(None);

/// The queue, by the same rule: the parent's threads would never finish what they had begun.
static SCHEDULER: Mutex<Option<(u32, Arc<Scheduler>)>> = Mutex::new(None);

/// The queue of this process.
pub(super) fn scheduler() -> Arc<Scheduler> {
    let mut held = SCHEDULER.lock().unwrap_or_else(PoisonError::into_inner);
    let process = std::process::id();
    if let Some((owner, scheduler)) = held.as_ref()
        && *owner == process
    {
        return Arc::clone(scheduler);
    }
    let gathering = held
        .as_ref()
        .map_or(GATHERING, |(_, parents)| parents.gathering());
    let scheduler = Arc::new(Scheduler::new(gathering));
    *held = Some((process, Arc::clone(&scheduler)));
    scheduler
}

/// Sets how long a signature that one thread asks for may wait for those of others, to be made with
/// them: for the whole process, half a millisecond unless set.
///
/// # Errors
/// `InvalidArgument` for more than a second.
pub fn set_gathering(longest: Duration) -> Result<()> {
    if longest > Duration::from_secs(1) {
        return Err(Error::InvalidArgument(
            "gathering: must be at most a second".into(),
        ));
    }
    scheduler().set_gathering(longest);
    Ok(())
}

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
