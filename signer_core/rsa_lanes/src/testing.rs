//! Tests of the lanes, here and in the crates above, where there are none: they show nothing then, and say so.

use std::cell::Cell;
use std::env;
use std::io::{self, Write};
use std::thread;

/// 1 where somebody knows that the processor has lanes: their absence is a failure then.
const REQUIRED: &str = "OPENJPKI_REQUIRE_LANES";

thread_local! {
    /// A test has a thread of its own, and may ask often.
    static TOLD: Cell<bool> = const { Cell::new(false) };
}

/// Whether there are no lanes, so that whoever asks has nothing to test. A build that leaves them out
/// (`portable`) never has any; a processor without them is told of, and which test that leaves out.
///
/// # Panics
/// On such a processor, where `OPENJPKI_REQUIRE_LANES` is 1.
#[must_use]
pub fn are_missing() -> bool {
    if cfg!(feature = "portable") || crate::multiply_alone(0).is_some() {
        return cfg!(feature = "portable");
    }
    assert!(
        env::var_os(REQUIRED).is_none_or(|value| value != "1"),
        "{REQUIRED} is 1, and this processor has no lanes"
    );
    if !TOLD.replace(true) {
        let thread = thread::current();
        let test = thread.name().unwrap_or("a test");
        // Past what holds back the output of tests that pass. That it can't be told is no failure.
        let _ = writeln!(
            io::stderr(),
            "{test}: left out, this processor has no lanes"
        );
    }
    true
}
