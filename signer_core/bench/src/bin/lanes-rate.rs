//! What `make bench` asks about the lanes themselves: one core, RSA-2048, eight operations a group.
//!
//!     lanes-rate operations
//!     lanes-rate allowed
//!     lanes-rate count
//!
//! Each line of input is answered with a line: private operations a second, blinded and not
//! verified; or as many as the processor's multiplier would allow if a signature were nothing but the
//! multiplies it needs. `count` says how many those are. Exit code 1 on a processor without lanes.

use std::io::{self, Write};

use keys::{BatchSigner, SoftwareKey};
use rsa_lanes::{Job, LANES, MULTIPLIES, multiply_alone, sign_group};
use signer_core_bench::{Outcome, answer, per_second};

const NO_LANES: &str = "this processor has no lanes";
/// Some tens of microseconds: so often the clock is read.
const ROUNDS: u64 = 5_000;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    multiply_alone(1).ok_or(NO_LANES)?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["operations"] => {
            let key = SoftwareKey::generate(2048)?;
            answer(|seconds| per_second(seconds, || operations(&key)))
        }
        ["allowed"] => answer(|seconds| Ok(per_second(seconds, multiplies)? / MULTIPLIES as f64)),
        ["count"] => Ok(writeln!(io::stdout(), "{MULTIPLIES}")?),
        _ => Err("lanes-rate operations | allowed | count".into()),
    }
}

fn multiplies() -> Outcome<u64> {
    Ok(multiply_alone(ROUNDS).ok_or(NO_LANES)?)
}

/// One group of private operations.
fn operations(key: &SoftwareKey) -> Outcome<u64> {
    let key = key.private_numbers().ok_or(NO_LANES)?;
    // Below every modulus.
    let encoded: [_; LANES] =
        std::array::from_fn(|number| [&[0, 1], &[number as u8; 254][..]].concat());
    let jobs = encoded.each_ref().map(|encoded| Job { key, encoded });
    let signatures = sign_group(&jobs).ok_or(NO_LANES)??;
    Ok(signatures.len() as u64)
}
