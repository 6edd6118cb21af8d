//! What is told while it runs, and how busy the generator was.

use std::fs::read_to_string;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use crate::options::Options;
use crate::tally::Interval;
use crate::workers::Work;

const SECOND: Duration = Duration::from_secs(1);

/// Ends an interval each second, and says so.
pub async fn watch(options: &Options, work: &Work) {
    if !options.quiet {
        eprintln!("{}", announced(options));
    }
    sleep_until(work.counts_from.into()).await;
    let (mut end, began) = (work.counts_from, Instant::now());
    let worked = processor();
    while end < work.counts_until {
        end = (end + SECOND).min(work.counts_until);
        sleep_until(end.into()).await;
        let mut tally = work.tally.borrow_mut();
        let interval = tally.turn();
        if !options.quiet {
            let wrong: u64 = tally.wrong.values().sum();
            told(end - work.counts_from, interval, wrong);
        }
    }
    if options.rate.is_none()
        && let (Some(before), Some(after)) = (worked, processor())
    {
        let busy = after.saturating_sub(before).as_secs_f64() / began.elapsed().as_secs_f64();
        work.tally.borrow_mut().busy = Some(busy);
    }
}

fn announced(options: &Options) -> String {
    let asked = match (options.rate, options.to_rate) {
        (Some(rate), Some(to)) => format!("{rate} to {to} requests/s"),
        (Some(rate), None) => format!("{rate} requests/s"),
        (None, _) => "as many requests as are answered".into(),
    };
    let seconds = options.seconds.as_secs_f64();
    let (connections, address) = (options.connections, options.address);
    format!("{asked} on {connections} connections to {address} for {seconds} s")
}

fn told(at: Duration, interval: Interval, wrong: u64) {
    let [half, most, all] = interval.latency.map(|it| it as f64 / 1e6);
    let line = format!(
        "{:>6.1} s: {:>8} answers, p50 {half:.3} ms, p99 {most:.3} ms, max {all:.3} ms, {wrong} wrong",
        at.as_secs_f64(),
        interval.answers,
    );
    // On a terminal one line that changes.
    if stderr().is_terminal() {
        eprint!("\r{line} ");
    } else {
        eprintln!("{line}");
    }
}

/// What this thread had of a processor; nothing where the system does not tell.
fn processor() -> Option<Duration> {
    let told = read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = told.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}
