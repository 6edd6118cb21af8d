//! The report, JSON.

use std::fs::write as write_file;
use std::io::{Write, stdout};

use hdrhistogram::Histogram;
use serde_json::{Value, json};

use crate::Outcome;
use crate::options::{Http, Options};
use crate::tally::Tally;

/// Where latencies are read off.
const QUANTILES: [(&str, f64); 6] = [
    ("p50", 0.5),
    ("p90", 0.9),
    ("p99", 0.99),
    ("p999", 0.999),
    ("p9999", 0.9999),
    ("max", 1.0),
];

/// Share of the time that the generator may wait for a processor.
const WAITED: f64 = 0.05;
/// Share of the time that it may be at work.
const BUSY: f64 = 0.97;
/// Share of the p99 of all latencies that the p99 of its own lateness may be.
const LATE: f64 = 0.1;

/// Writes it where it is wanted.
///
/// # Errors
/// When it can't be written.
pub fn write(options: &Options, tally: &Tally) -> Outcome<()> {
    let text = format!("{:#}\n", report(options, tally));
    match &options.report {
        Some(path) => write_file(path, text)
            .map_err(|error| format!("--report {}: {error}", path.display()).into()),
        None => Ok(stdout().write_all(text.as_bytes())?),
    }
}

/// What was wrong, in a line.
#[must_use]
pub fn failures(tally: &Tally) -> String {
    let mut parts: Vec<_> = tally
        .wrong
        .iter()
        .map(|(why, count)| format!("{count} × {why}"))
        .collect();
    if tally.unsent > 0 {
        parts.push(format!(
            "{} were never sent: the server is slower than the rate",
            tally.unsent
        ));
    }
    if tally.under_way() > 0 {
        parts.push(format!("{} have no outcome", tally.under_way()));
    }
    if tally.answers() == 0 {
        parts.push("there was no answer within the time that is measured".into());
    }
    parts.join("; ")
}

/// Why the figures may be the generator's rather than the server's.
#[must_use]
pub fn doubts(tally: &Tally) -> Vec<String> {
    let mut doubts = Vec::new();
    if let Some(waited) = tally.waited.filter(|it| *it > WAITED) {
        let share = 100.0 * waited;
        doubts.push(format!(
            "the generator waited for a processor for {share:.0} % of the time"
        ));
    }
    if let Some(busy) = tally.busy.filter(|it| *it > BUSY) {
        let share = 100.0 * busy;
        doubts.push(format!(
            "the generator was at work for {share:.0} % of the time"
        ));
    }
    let (late, all) = (p99(&tally.generator_late), p99(&tally.latency));
    if late > LATE * all {
        let (late, all) = (late / 1e6, all / 1e6);
        doubts.push(format!(
            "the generator itself was late to send: its p99 is {late:.3} ms, of all {all:.3} ms"
        ));
    }
    doubts
}

fn p99(of: &Histogram<u64>) -> f64 {
    of.value_at_quantile(0.99) as f64
}

fn report(options: &Options, tally: &Tally) -> Value {
    let http = match options.http {
        Http::Http1 => "1.1",
        Http::Http2 => "2",
    };
    json!({
        "asked": {
            "address": options.address,
            "http": http,
            "tls": options.trust.is_some(),
            "client_certificate": options.certificate.is_some(),
            "connections": options.connections,
            "at_once": options.at_once(),
            "new_connections": options.new_connections,
            "rate": options.rate,
            "to_rate": options.to_rate,
            "seed": options.seed,
        },
        "seconds": tally.seconds,
        "answers": tally.answers(),
        "rate": tally.rate(),
        "kinds": tally.kinds,
        "wrong": tally.wrong,
        "unsent": tally.unsent,
        "begun": tally.begun,
        "uncounted": tally.uncounted,
        "connections_opened": tally.opened,
        "sent_again": tally.sent_again,
        "generator_busy": tally.busy,
        "generator_waited": tally.waited,
        "generator_late": times(&tally.generator_late),
        "doubts": doubts(tally),
        "latency": times(&tally.latency),
        "since_sent": times(&tally.since_sent),
        "sent_late": times(&tally.sent_late),
        "each_second": tally.each_second().map(|it| {
            let [p50, p99, max] = [0, 1, 2].map(|which: usize| it.latency.map(|it| seconds(it[which])));
            json!({"answers": it.answers, "p50": p50, "p99": p99, "max": max})
        }).collect::<Vec<_>>(),
        "histogram": histogram(&tally.latency),
    })
}

/// In seconds.
fn times(of: &Histogram<u64>) -> Value {
    let read = QUANTILES.iter().map(|(name, quantile)| {
        (
            (*name).to_owned(),
            seconds(of.value_at_quantile(*quantile)).into(),
        )
    });
    let mut told: serde_json::Map<String, Value> = read.collect();
    told.insert("mean".into(), (of.mean() / 1e9).into());
    told.into()
}

/// Latencies up to so many seconds, and how many had them.
fn histogram(of: &Histogram<u64>) -> Vec<(f64, u64)> {
    of.iter_recorded()
        .map(|it| (seconds(it.value_iterated_to()), it.count_at_value()))
        .collect()
}

fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_generator_that_was_the_limit_is_doubted() {
        let mut tally = Tally::default();
        tally.right("good", 0, Duration::from_millis(50), Duration::ZERO);
        tally.sent(Duration::from_millis(4));
        (tally.busy, tally.waited) = (Some(0.9), Some(0.04));
        assert_eq!(doubts(&tally), [""; 0]);
        tally.sent(Duration::from_millis(6));
        (tally.busy, tally.waited) = (Some(0.98), Some(0.06));
        let told = doubts(&tally);
        for (doubt, words) in told.iter().zip(["6 %", "98 %", "6.0"]) {
            assert!(doubt.contains(words), "{doubt}");
        }
        assert_eq!(told.len(), 3);
    }
}
