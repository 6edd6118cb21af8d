//! `openjpki-load`: `--help` says how it is asked.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;
use load::Outcome;
use load::options::Options;
use load::prepared::Mix;
use load::{picture, report, run};

fn main() -> ExitCode {
    match told(&Options::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether every answer was right.
fn told(options: &Options) -> Outcome<bool> {
    let mix = Mix::read(&options.requests, &options.mix)?;
    let tally = run::run(options, mix)?;
    report::write(options, &tally)?;
    if let Some(path) = &options.picture {
        picture::draw(path, options, &tally)?;
    }
    for doubt in report::doubts(&tally) {
        eprintln!("note: {doubt}; what was measured may not be the server");
    }
    if tally.failed() {
        eprintln!("failed: {}", report::failures(&tally));
    }
    Ok(!tally.failed())
}
