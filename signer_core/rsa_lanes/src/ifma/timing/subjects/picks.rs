//! The table of powers alone.
#![allow(unsafe_code)]

use std::hint::black_box;

use super::super::measure::{Class, Source, Subject, choose, random};
use super::Field;
use crate::ifma::eight::{Eight, LANES};
use crate::ifma::window::{Table, WINDOW_BITS, pick, powers};

const BITS: usize = 1024;
/// Reads in one measurement: a single one is too short for the clock.
const READS: usize = 64;

type Pick = unsafe fn(&mut [Eight], &Table, Eight, usize);

pub(in super::super) fn ends_of_the_table() -> Box<dyn Subject> {
    let all = |digit| Source::Fixed(vec![digit; LANES]);
    Picks::of("table read: digits 0 / 31", pick, [all(0), all(31)])
}

pub(in super::super) fn one_digit_or_many() -> Box<dyn Subject> {
    let one = Source::Fixed(vec![17; LANES]);
    let many = Source::Drawn(random);
    Picks::of("table read: one digit / random digits", pick, [one, many])
}

/// The control: reads no further than the power that is wanted.
pub(in super::super) fn stops_when_found() -> Box<dyn Subject> {
    let all = |digit| Source::Fixed(vec![digit; LANES]);
    let name = "control: table read stops, digits 0 / 31";
    Picks::of(name, leaky_pick, [all(0), all(31)])
}

struct Picks {
    name: &'static str,
    pick: Pick,
    digits: [Source; 2],
    table: Table,
    drawn: Vec<u8>,
    out: Vec<Eight>,
}

impl Picks {
    fn of(name: &'static str, pick: Pick, digits: [Source; 2]) -> Box<dyn Subject> {
        let mut field = Field::of(BITS);
        let base = field.numbers(&random(LANES * BITS / 8));
        let one = field.one();
        // SAFETY: whoever measures has made sure of the features.
        let table = unsafe { powers(&base, &one, &field.modulus, &mut field.scratch) };
        Box::new(Self {
            name,
            pick,
            digits,
            table,
            drawn: vec![0; LANES],
            out: base.to_vec(),
        })
    }
}

impl Subject for Picks {
    fn name(&self) -> &'static str {
        self.name
    }

    fn prepare(&mut self, class: Class) {
        choose(class, &self.digits, &mut self.drawn);
    }

    fn run(&mut self) {
        let wanted = Eight(std::array::from_fn(|lane| {
            u64::from(self.drawn[lane] & 0x1f)
        }));
        for read in 0..READS {
            // SAFETY: whoever measures has made sure of the features.
            unsafe { (self.pick)(&mut self.out, &self.table, wanted, read % WINDOW_BITS) };
        }
        black_box(&self.out);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn leaky_pick(out: &mut [Eight], table: &Table, wanted: Eight, pass: usize) {
    let limbs = out.len();
    let part = limbs / WINDOW_BITS;
    for (number, power) in (0..).zip(table.0.chunks_exact(limbs)) {
        let from = pass * part;
        out[from..from + part].copy_from_slice(black_box(&power[from..from + part]));
        if wanted.0.iter().all(|wanted| *wanted <= number) {
            return;
        }
    }
}
