//! How the programs of `make bench` measure and answer.
//!
//! Each line of a program's input is a number of seconds to measure for. Each is answered with a line:
//! what was measured.

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

/// What a program ends with.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Measures for as long as each line says, and answers it.
///
/// # Errors
/// For a line that is no number of seconds, and as `measure`.
pub fn answer(mut measure: impl FnMut(Duration) -> Outcome<f64>) -> Outcome<()> {
    for line in io::stdin().lock().lines() {
        let seconds = Duration::try_from_secs_f64(line?.trim().parse()?)?;
        let measured = measure(seconds)?;
        let mut out = io::stdout().lock();
        writeln!(out, "{measured:e}")?;
        out.flush()?;
    }
    Ok(())
}

/// Does the work for so many seconds, once before they begin; it says how many things it did each
/// time. How many a second.
///
/// # Errors
/// As `work`.
pub fn per_second(seconds: Duration, mut work: impl FnMut() -> Outcome<u64>) -> Outcome<f64> {
    work()?;
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < seconds {
        done += work()?;
    }
    Ok(done as f64 / began.elapsed().as_secs_f64())
}
