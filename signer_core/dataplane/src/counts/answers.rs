//! What is counted with every answer: by numbers that any thread adds to, without a lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use status::Status;

use super::{Counted, Times, place};
use crate::registry::Via;

const VIAS: [Via; 4] = [Via::Tls, Via::Signature, Via::Network, Via::Nobody];
/// As metrics call them.
const STATUSES: [&str; 3] = ["good", "revoked", "unknown"];

/// Of each way to know an asker.
pub(super) struct Answers([Answered; VIAS.len()]);

struct Answered {
    statuses: [AtomicU64; STATUSES.len()],
    times: Vec<AtomicU64>,
    nanoseconds: AtomicU64,
}

impl Answers {
    pub(super) fn new(bounds: &[f64]) -> Self {
        Self(VIAS.map(|_| Answered {
            statuses: STATUSES.map(|_| AtomicU64::new(0)),
            times: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            nanoseconds: AtomicU64::new(0),
        }))
    }

    /// Nothing is read because of any of them: no order is needed.
    pub(super) fn add(&self, bounds: &[f64], statuses: &[Status], via: Via, took: Duration) {
        let [tls, signature, network, nobody] = &self.0;
        let counted = match via {
            Via::Tls => tls,
            Via::Signature => signature,
            Via::Network => network,
            Via::Nobody => nobody,
        };
        let [good, revoked, unknown] = &counted.statuses;
        for status in statuses {
            let count = match status {
                Status::Good => good,
                Status::Revoked { .. } => revoked,
                Status::Unknown => unknown,
            };
            count.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(count) = counted.times.get(place(bounds, took.as_secs_f64())) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        counted
            .nanoseconds
            .fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Adds what was counted since the last time.
    pub(super) fn take(&self, to: &mut Counted) {
        let taken = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        for (via, counted) in VIAS.iter().zip(&self.0) {
            for (status, count) in STATUSES.iter().zip(&counted.statuses) {
                let more = taken(count);
                if more > 0 {
                    *to.responses.entry((*status, via.name())).or_default() += more;
                }
            }
            let counts: Vec<_> = counted.times.iter().map(taken).collect();
            let sum = Duration::from_nanos(taken(&counted.nanoseconds)).as_secs_f64();
            if counts.iter().any(|it| *it > 0) {
                to.answered.insert(via.name(), Times { counts, sum });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Counts;
    use super::*;

    #[test]
    fn each_answer_is_counted_once_whoever_takes_what_was_counted() {
        let counts = Counts::new(vec![0.5, 1.0]);
        let reason = status::Reason::try_from(1).unwrap();
        let revoked = Status::Revoked { reason, at: 0 };
        counts.answered(
            &[Status::Good, revoked],
            Via::Network,
            Duration::from_millis(500),
        );
        counts.answered(&[Status::Good], Via::Network, Duration::from_secs(2));
        counts.refused("tryLater", Via::Network.name());
        counts.answered(&[Status::Unknown], Via::Tls, Duration::from_millis(750));
        let taken = counts.take();
        let responses: Vec<_> = taken.responses.into_iter().collect();
        let expected = [
            (("good", "network"), 2),
            (("revoked", "network"), 1),
            (("tryLater", "network"), 1),
            (("unknown", "tls"), 1),
        ];
        assert_eq!(responses, expected);
        let network = &taken.answered["network"];
        assert_eq!((&network.counts[..], network.sum), (&[1, 0, 1][..], 2.5));
        assert_eq!(taken.answered["tls"].counts, [0, 1, 0]);
        assert_eq!(taken.answered.len(), 2);
        let rest = counts.take();
        assert!(rest.responses.is_empty() && rest.answered.is_empty());
    }
}
