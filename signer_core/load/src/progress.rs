//! What is told while it runs, and how busy the generator was.

use std::fs::read_to_string;
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use tokio::time::sleep_until;

use crate::line::Line;
use crate::options::Options;
use crate::tally::Tally;
use crate::workers::Work;

const SECOND: Duration = Duration::from_secs(1);

/// Says each second what was seen of it.
pub async fn watch(options: &Options, work: &Work, line: &Line) {
    if !options.quiet {
        eprintln!("{}", announced(options));
    }
    sleep_until(work.counts_from.into()).await;
    let (mut end, began) = (work.counts_from, Instant::now());
    let before = Processor::so_far();
    for second in 0.. {
        if end >= work.counts_until {
            break;
        }
        end = (end + SECOND).min(work.counts_until);
        sleep_until(end.into()).await;
        if !options.quiet {
            let waiting = line.waiting() as u64;
            told(
                end - work.counts_from,
                second,
                &work.tally.borrow(),
                waiting,
            );
        }
    }
    if let (Some(before), Some(after)) = (before, Processor::so_far()) {
        let share = |it: Duration| it.as_secs_f64() / began.elapsed().as_secs_f64();
        let mut tally = work.tally.borrow_mut();
        // With a rate it looks at the clock whenever there is nothing to do.
        if options.rate.is_none() {
            tally.busy = Some(share(after.had.saturating_sub(before.had)));
        }
        tally.waited = Some(share(after.waited.saturating_sub(before.waited)));
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

fn told(at: Duration, second: usize, tally: &Tally, in_line: u64) {
    let interval = tally.second(second);
    let latency = interval.latency.map_or_else(String::new, |it| {
        let [half, most, all] = it.map(|it| it as f64 / 1e6);
        format!("p50 {half:.3} ms, p99 {most:.3} ms, max {all:.3} ms, ")
    });
    let line = format!(
        "{:>6.1} s: {:>8} answers, {latency}{} without one yet, {} wrong",
        at.as_secs_f64(),
        interval.answers,
        tally.under_way() + in_line,
        tally.wrong.values().sum::<u64>(),
    );
    // On a terminal one line that changes.
    if stderr().is_terminal() {
        eprint!("\r{line} ");
    } else {
        eprintln!("{line}");
    }
}

/// What this thread had of a processor, and how long it waited for one.
struct Processor {
    had: Duration,
    waited: Duration,
}

impl Processor {
    /// Nothing where the system does not tell.
    fn so_far() -> Option<Self> {
        let told = read_to_string("/proc/thread-self/schedstat").ok()?;
        let mut nanoseconds = told.split_ascii_whitespace().map(str::parse);
        let mut next = || Some(Duration::from_nanos(nanoseconds.next()?.ok()?));
        Some(Self {
            had: next()?,
            waited: next()?,
        })
    }
}
