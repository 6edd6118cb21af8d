//! Few signatures, gathered with what other threads of the process ask for at the same time.

mod caller;
mod crowd;
mod queue;
mod scheduler;
mod trial;

use std::sync::Arc;
use std::time::Duration;

use formats::error::{Error, Result};
use formats::signing::{Digest, Hash};
use threads::PerProcess;

pub use self::caller::Listener;
use self::queue::Order;
use self::scheduler::Scheduler;
use crate::lanes::choice;
use crate::release::sign_each;
use crate::signer::BatchSigner;

static SCHEDULER: PerProcess<Scheduler> = PerProcess::new();

/// The queue of this process; a forked child's waits as its parent's was told to.
fn scheduler() -> Result<Arc<Scheduler>> {
    SCHEDULER.get(|parents| {
        let gathering = parents.and_then(Scheduler::gathering);
        Ok(Scheduler::new(choice, gathering))
    })
}

/// Sets how long a signature that one thread asks for may wait for those of others, to be made with
/// them: for the whole process. `None`, as from the start: as long as their costs make worth while.
///
/// # Errors
/// `InvalidArgument` for more than a second.
pub fn set_gathering(longest: Option<Duration>) -> Result<()> {
    if longest.is_some_and(|longest| longest > Duration::from_secs(1)) {
        return Err(Error::invalid("gathering", "must be at most a second"));
    }
    scheduler()?.set_gathering(longest);
    Ok(())
}

/// Signs one message.
///
/// # Errors
/// As [`crate::sign_requests`].
pub fn sign(signer: &dyn BatchSigner, hash: Hash, message: &[u8]) -> Result<Vec<u8>> {
    sign_digest(signer, &hash.digest(message))
}

/// Signs what was hashed elsewhere, such as a list hashed while it was encoded.
///
/// # Errors
/// As [`crate::sign_requests`].
pub fn sign_digest(signer: &dyn BatchSigner, digest: &Digest) -> Result<Vec<u8>> {
    // One digest has exactly one signature.
    let signature = sign_few(&[(signer, *digest)])?.pop();
    signature.ok_or_else(Error::signature_check_failed)
}

/// Too few for a group of their own: gathered with what others ask for, where the keys allow.
pub(super) fn sign_few(pairs: &[(&dyn BatchSigner, Digest)]) -> Result<Vec<Vec<u8>>> {
    let orders: Option<Vec<Order>> = pairs
        .iter()
        .map(|(signer, digest)| Some((signer.shared()?, *digest)))
        .collect();
    match orders {
        Some(orders) => scheduler()?.sign(orders),
        None => sign_each(pairs, choice).into_iter().collect(),
    }
}

/// Has digests signed on other threads and tells as they are made, by their numbers: for whoever must
/// not wait, such as an event loop.
///
/// # Errors
/// `InvalidArgument` for a key that threads can't share, such as a token's; `System` when there are
/// no threads. Nothing is told then.
pub fn sign_later<'a>(
    wanted: impl Iterator<Item = (u64, &'a dyn BatchSigner, Digest)>,
    listener: &Arc<dyn Listener>,
) -> Result<()> {
    let refused = || Error::invalid("key", "must be in this process's memory");
    let orders: Vec<_> = wanted
        .map(|(number, signer, digest)| {
            Ok((number, (signer.shared().ok_or_else(refused)?, digest)))
        })
        .collect::<Result<_>>()?;
    scheduler()?.submit(orders, listener)
}
