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
    if tally.answers() == 0 {
        parts.push("there was no answer within the time that is measured".into());
    }
    parts.join("; ")
}

fn report(options: &Options, tally: &Tally) -> Value {
    let http = match options.http {
        Http::Http1 => "1.1",
        Http::Http2 => "2",
    };
    let intervals = tally.intervals.iter();
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
        "connections_opened": tally.opened,
        "sent_again": tally.sent_again,
        "generator_busy": tally.busy,
        "latency": times(&tally.latency),
        "since_sent": times(&tally.since_sent),
        "sent_late": times(&tally.sent_late),
        "each_second": intervals.map(|it| {
            let [p50, p99, max] = it.latency.map(seconds);
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
