//! Few signatures, gathered with what other threads of the process ask for at the same time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::hash::{Digest, Hash};
use super::queue::Order;
use super::release::sign_each;
use super::scheduler::{GATHERING, Scheduler};
use super::signer::BatchSigner;
use crate::error::{Error, Result};

/// The queue and the process that made it. A child that finds its parent's makes its own: the
/// parent's threads would never finish what they had begun.
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

/// Signs one message.
///
/// # Errors
/// As [`super::sign_requests`].
pub fn sign(signer: &dyn BatchSigner, hash: Hash, message: &[u8]) -> Result<Vec<u8>> {
    sign_digest(signer, &hash.digest(message))
}

/// Signs what was hashed elsewhere, such as a list hashed while it was encoded.
///
/// # Errors
/// As [`super::sign_requests`].
pub fn sign_digest(signer: &dyn BatchSigner, digest: &Digest) -> Result<Vec<u8>> {
    // One digest has exactly one signature.
    let signature = sign_few(&[(signer, *digest)])?.pop();
    signature.ok_or(Error::SignatureCheckFailed)
}

/// Too few for a group of their own: gathered with what others ask for, where the keys allow.
pub(super) fn sign_few(pairs: &[(&dyn BatchSigner, Digest)]) -> Result<Vec<Vec<u8>>> {
    let orders: Option<Vec<Order>> = pairs
        .iter()
        .map(|(signer, digest)| Some((signer.shared()?, *digest)))
        .collect();
    match orders {
        Some(orders) => scheduler().sign(orders),
        None => sign_each(pairs).into_iter().collect(),
    }
}
