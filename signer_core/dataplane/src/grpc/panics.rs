//! A fault of ours ends one call, and is told of.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use super::refusal::Refusal;
use super::{Edge, Known};
use crate::http::ids::new_id;

/// What comes of the work; nothing, where it panicked.
pub(super) async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| {
        // What it leaves behind is let go of, or behind a lock that nobody trusts to be whole.
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(done)) => Poll::Ready(Some(done)),
            Err(_) => Poll::Ready(None),
        }
    })
    .await
}

impl Edge {
    /// What the caller is told of a fault: a reference, under which the log has the method.
    pub(super) fn fault(&self, known: &Known) -> Refusal {
        let reference = new_id();
        let (host, method) = (self.host.clone(), known.name.clone());
        let told = reference.clone();
        tokio::task::spawn_blocking(move || host.call_failed(&method, &told));
        let text = format!("the service failed; reference {reference}");
        Refusal::new("INTERNAL", text).with("reference", &reference)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fault_ends_its_work_alone() {
        assert_eq!(caught(async { 5 }).await, Some(5));
        let faulty = async {
            tokio::task::yield_now().await;
            assert!(std::thread::panicking(), "a fault");
        };
        assert!(caught(faulty).await.is_none());
    }
}
