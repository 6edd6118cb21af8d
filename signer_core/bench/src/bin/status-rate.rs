//! What `make bench` asks about the status index: one authority, one core.
//!
//!     status-rate index CERTIFICATES
//!     status-rate reads OCTETS
//!
//! `index` takes in so many certificates, nine in a hundred revoked, as a snapshot does. The first
//! line of input is answered with how many octets of memory each took at the height of it, the second
//! with how many came in a second, the third and the fourth with how many a second a file was written
//! and read with, each other one with look-ups a second in what was read, a third each of numbers that
//! were never issued, that are good, and that are revoked. `reads` answers with random reads of 64
//! octets a second over so much memory, which do not wait for each other.

use std::hint::black_box;
use std::ops::Range;
use std::time::Instant;

use formats::der::{SerialColumn, SerialNumber};
use signer_core_bench::{Outcome, answer, per_second};
use status::{Columns, Status, StatusIndex};

const OCTETS: usize = 20;
/// Rows of a page of a snapshot.
const PAGE: u64 = 50_000;
const REVOKED_IN_100: u64 = 9;
/// Asked at once.
const TOGETHER: usize = 1024;
/// All that are asked, again and again: far more than caches hold the certificates of.
const ASKED: u64 = 1 << 21;
/// Users' ends, each a day's, for ten years.
const ENDS: u64 = 3_650;
const DAY: i64 = 86_400;
const BEGINNING: i64 = 1_800_000_000;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["index", count] => index(count.parse()?),
        ["reads", octets] => reads(octets.parse()?),
        ["version"] => {
            println!("{}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        _ => Err("status-rate index CERTIFICATES | reads OCTETS | version".into()),
    }
}

fn index(count: u64) -> Outcome<()> {
    let before = resident("VmRSS")?;
    let (index, began) = (StatusIndex::new(), Instant::now());
    for first in (0..count).step_by(PAGE as usize) {
        take_in(&index, first..count.min(first + PAGE))?;
    }
    let rate = count as f64 / began.elapsed().as_secs_f64();
    let each = (resident("VmHWM")? - before) as f64 / count as f64;
    let (index, written, read) = through_a_file(index, count)?;
    let (numbers, expected) = asked(count)?;
    let mut turns = numbers
        .chunks(TOGETHER)
        .zip(expected.chunks(TOGETHER))
        .cycle();
    let mut first = [each, rate, written, read].into_iter();
    answer(|seconds| {
        if let Some(figure) = first.next() {
            return Ok(figure);
        }
        per_second(seconds, || {
            let (numbers, expected) = turns.next().unwrap_or_default();
            let found = index.lookup_batch(numbers.iter().copied());
            if !found.iter().map(Status::code).eq(expected.iter().copied()) {
                return Err("a status is not what it was".into());
            }
            Ok(found.len() as u64)
        })
    })
}

/// The index as it comes back from a file, and at which rates it was written and read.
fn through_a_file(index: StatusIndex, count: u64) -> Outcome<(StatusIndex, f64, f64)> {
    let name = format!("status-rate-{}.index", std::process::id());
    let path = std::env::temp_dir().join(name);
    let began = Instant::now();
    let saved = index.save(&path, b"");
    let written = count as f64 / began.elapsed().as_secs_f64();
    drop(index);
    let began = Instant::now();
    let read = saved.and_then(|()| StatusIndex::load(&path, count as usize));
    let rate = count as f64 / began.elapsed().as_secs_f64();
    // It may not be there; what went wrong is told below.
    let _ = std::fs::remove_file(&path);
    Ok((read?.0, written, rate))
}

/// What is asked, and the status of each.
fn asked(count: u64) -> Outcome<(Vec<Option<SerialNumber>>, Vec<u8>)> {
    let (mut numbers, mut statuses) = (Vec::new(), Vec::new());
    for turn in 0..ASKED {
        let any = mixed(turn) % (count / 100) * 100;
        let (number, status) = match turn % 3 {
            0 => (count + any, Status::UNKNOWN),
            1 => (any + turn % REVOKED_IN_100, Status::REVOKED),
            _ => (
                any + REVOKED_IN_100 + turn % (100 - REVOKED_IN_100),
                Status::GOOD,
            ),
        };
        numbers.push(Some(SerialNumber::from_unsigned(&serial(number))?));
        statuses.push(status);
    }
    Ok((numbers, statuses))
}

fn reads(octets: u64) -> Outcome<()> {
    let lines: Vec<[u64; 8]> = (0..octets / 64).map(|number| [number; 8]).collect();
    let (mut turn, count) = (0, lines.len() as u64);
    answer(|seconds| {
        per_second(seconds, || {
            let mut sum = 0;
            for _ in 0..TOGETHER {
                turn += 1;
                let line = &lines[(mixed(turn) % count) as usize];
                sum ^= line.iter().fold(0, |sum, word| sum ^ word.rotate_left(7));
            }
            black_box(sum);
            Ok(TOGETHER as u64)
        })
    })
}

fn take_in(index: &StatusIndex, numbers: Range<u64>) -> Outcome<()> {
    let rows = (numbers.end - numbers.start) as usize;
    let mut serials = Vec::with_capacity(rows * OCTETS);
    let (mut not_after, mut revoked_at) = (Vec::new(), Vec::new());
    let (mut statuses, mut reasons) = (Vec::new(), Vec::new());
    for number in numbers {
        serials.extend(serial(number));
        let end = BEGINNING + (mixed(!number) % ENDS) as i64 * DAY;
        not_after.extend(end.to_le_bytes());
        let revoked = number % 100 < REVOKED_IN_100;
        statuses.push(if revoked {
            Status::REVOKED
        } else {
            Status::GOOD
        });
        reasons.push(if revoked { 4 } else { 0 });
        let at = if revoked {
            BEGINNING - (number % 1_000_000) as i64
        } else {
            0
        };
        revoked_at.extend(at.to_le_bytes());
    }
    index.apply(&Columns {
        serials: SerialColumn::new(&serials, &vec![OCTETS as u8; rows])?,
        generations: &[1, 0].repeat(rows),
        not_after: &not_after,
        statuses: &statuses,
        reasons: &reasons,
        revoked_at: &revoked_at,
    })?;
    Ok(())
}

/// As ca makes them: a first bit 0, a second bit 1, 158 that look random.
fn serial(number: u64) -> [u8; OCTETS] {
    let mut octets = [0; OCTETS];
    for (place, part) in octets.chunks_mut(8).enumerate() {
        let word = mixed(number * 3 + place as u64).to_be_bytes();
        part.copy_from_slice(&word[..part.len()]);
    }
    octets[0] = octets[0] & 0x3f | 0x40;
    octets
}

/// One number of another, each of one alone (SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut word = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// Octets of this process in memory, or at most so far.
fn resident(which: &str) -> Outcome<i64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(which)?.strip_prefix(':'));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("this system does not say")?.parse::<i64>()? * 1024)
}
