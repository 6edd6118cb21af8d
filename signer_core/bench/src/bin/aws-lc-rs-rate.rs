//! The peer of `make bench` that signs with aws-lc-rs: RSA-2048, PKCS #1 v1.5, SHA-256, messages of
//! 64 octets, one key.
//!
//!     aws-lc-rs-rate rate THREADS
//!     aws-lc-rs-rate latency MESSAGES
//!     aws-lc-rs-rate version
//!
//! Each line of input is answered with a line: signatures a second of all threads, or the median of the
//! seconds that so many signatures take one after the other.

use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use signer_core_bench::{Outcome, answer, per_second};

const MESSAGE: [u8; 64] = [7; 64];
const LOCK: &str = include_str!("../../Cargo.lock");

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["rate", threads] => {
            let (key, threads) = (Key::generate()?, threads.parse()?);
            answer(|seconds| key.rate(threads, seconds))
        }
        ["latency", messages] => {
            let (key, messages) = (Key::generate()?, messages.parse()?);
            answer(|seconds| key.latency(messages, seconds))
        }
        ["version"] => Ok(writeln!(io::stdout(), "{}", version())?),
        _ => Err("aws-lc-rs-rate rate THREADS | latency MESSAGES | version".into()),
    }
}

struct Key {
    pair: KeyPair,
    random: SystemRandom,
}

impl Key {
    fn generate() -> Outcome<Self> {
        Ok(Self {
            pair: KeyPair::generate(KeySize::Rsa2048)?,
            random: SystemRandom::new(),
        })
    }

    fn sign(&self) -> Outcome<()> {
        let mut signature = [0; 256];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &self.random, &MESSAGE, &mut signature)
            .map_err(|_| "aws-lc-rs did not sign")?;
        std::hint::black_box(signature);
        Ok(())
    }

    /// Signatures a second of all threads.
    fn rate(&self, threads: usize, seconds: Duration) -> Outcome<f64> {
        let one = || per_second(seconds, || self.sign().map(|()| 1));
        thread::scope(|scope| {
            let started: Vec<_> = (0..threads).map(|_| scope.spawn(one)).collect();
            started
                .into_iter()
                .map(|each| {
                    each.join()
                        .unwrap_or_else(|_| Err("a thread panicked".into()))
                })
                .sum()
        })
    }

    /// Median of the seconds that `messages` signatures take.
    fn latency(&self, messages: usize, seconds: Duration) -> Outcome<f64> {
        self.sign()?;
        let until = Instant::now() + seconds;
        let mut taken = Vec::new();
        loop {
            let began = Instant::now();
            for _ in 0..messages {
                self.sign()?;
            }
            taken.push(began.elapsed());
            if Instant::now() >= until {
                taken.sort_unstable();
                return Ok(taken[taken.len() / 2].as_secs_f64());
            }
        }
    }
}

/// As Cargo locked it: the crate itself does not tell.
fn version() -> String {
    let package = LOCK
        .split("\n\n")
        .find(|package| package.lines().any(|line| line == "name = \"aws-lc-rs\""));
    let line = package.and_then(|package| {
        package
            .lines()
            .find_map(|line| line.strip_prefix("version = "))
    });
    format!(
        "aws-lc-rs {}",
        line.unwrap_or("of an unknown version").trim_matches('"')
    )
}
