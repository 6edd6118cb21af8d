//! Calls are begun where they come: most have all they need by then, and are over at once.
//!
//! Were each a task of its own, each answer would wake its connection, which would write it alone, in a
//! record of TLS and a call of the system of its own. So the answers to calls that came together are
//! written together. What has to wait for something becomes a task.

use std::future::Future;
use std::task::{Context, Waker};

use hyper::rt::Executor;

#[derive(Clone, Copy)]
pub(super) struct AtOnce;

impl<F> Executor<F> for AtOnce
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, call: F) {
        let mut call = Box::pin(call);
        // Nobody is woken by what it waits for: as a task it is asked again, and then somebody is.
        let mut context = Context::from_waker(Waker::noop());
        if call.as_mut().poll(&mut context).is_pending() {
            tokio::spawn(call);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot::channel;

    use super::*;

    #[tokio::test]
    async fn what_has_to_wait_goes_on_as_a_task() {
        let (said, mut hears) = channel();
        AtOnce.execute(async move {
            let _ = said.send(1);
        });
        assert_eq!(hears.try_recv(), Ok(1));
        let ((asks, asked), (said, hears)) = (channel::<u8>(), channel());
        AtOnce.execute(async move {
            let _ = said.send(asked.await);
        });
        asks.send(2).unwrap();
        assert_eq!(hears.await, Ok(Ok(2)));
    }
}
