//! Lanes as slow as another processor's, to see what is chosen there and what comes of it. In no
//! build that is shipped: `docs/signing-core.md` has the command.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// Percent of the time a group takes here, by its size: up to four, and above.
static PERCENT: LazyLock<[u32; 2]> = LazyLock::new(|| {
    ["SLOWED_FEW", "SLOWED_ALL"].map(|name| {
        let set = std::env::var(name).ok();
        set.and_then(|percent| percent.parse().ok()).unwrap_or(100)
    })
});

/// Keeps the processor busy until a group of this size has taken so long.
pub(crate) fn since(began: Instant, size: usize) {
    let percent = PERCENT[usize::from(size > rsa_lanes::PAIRS)];
    let wanted: Duration = began.elapsed() * percent / 100;
    while began.elapsed() < wanted {
        std::hint::spin_loop();
    }
}
