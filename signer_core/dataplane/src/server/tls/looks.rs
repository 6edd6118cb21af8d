//! Files are looked at beside the threads that answer, by one at a time: a file system that hangs takes
//! one thread, which nobody waits for who still has credentials.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

/// What the last look left: since when new files have not fitted.
pub(super) type Refused = Option<Instant>;

#[derive(Default)]
pub(super) struct Looks(Arc<Mutex<Refused>>);

impl Looks {
    /// Looks, and returns when that is done. Where somebody does already, it is left to them, unless
    /// this one `waits` for them, to look then.
    pub(super) async fn look<F>(&self, waits: bool, look: F)
    where
        F: FnOnce(&mut Refused) + Send + 'static,
    {
        let refused = Arc::clone(&self.0);
        let mut refused = if waits {
            refused.lock_owned().await
        } else {
            match refused.try_lock_owned() {
                Ok(mine) => mine,
                Err(_) => return,
            }
        };
        // Held to the end of the look itself: who waits for it may go away before.
        let _ = spawn_blocking(move || look(&mut refused)).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn one_that_hangs_keeps_nobody_and_is_the_only_one() {
        let (looks, looked) = (Arc::<Looks>::default(), Arc::<AtomicU32>::default());
        let (goes_on, waits) = mpsc::channel::<()>();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (hangs, counts) = (Arc::clone(&looks), Arc::clone(&looked));
        let hanging = tokio::spawn(async move {
            let look = move |_: &mut Refused| {
                counts.fetch_add(1, Ordering::SeqCst);
                let _ = begun.send(());
                let _ = waits.recv();
            };
            hangs.look(false, look).await;
        });
        begins.await.unwrap();
        let counts = Arc::clone(&looked);
        let another = move |_: &mut Refused| {
            counts.fetch_add(1, Ordering::SeqCst);
        };
        // On the one thread that there is here.
        looks.look(false, another.clone()).await;
        // Also when whoever began it has gone.
        hanging.abort();
        assert!(hanging.await.is_err());
        looks.look(false, another.clone()).await;
        assert_eq!(looked.load(Ordering::SeqCst), 1);
        drop(goes_on);
        looks.look(true, another).await;
        assert_eq!(looked.load(Ordering::SeqCst), 2);
    }
}
