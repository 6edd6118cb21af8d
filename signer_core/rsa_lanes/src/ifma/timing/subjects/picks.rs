//! The table of powers alone.
#![allow(unsafe_code)]

use std::hint::black_box;

use super::super::measure::{Class, Source, Subject, choose, random};
use super::Field;
use crate::ifma::eight::{Eight, LANES};
use crate::ifma::table::{POWERS, Read, Table, WINDOW_BITS, mask_for_each};
use crate::ifma::window::{Power, powers};

const BITS: usize = 1024;
/// Reads in one measurement: a single one is too short for the clock.
const READS: usize = 64;

type Pick = unsafe fn(&mut Read<'_>, &Eight, usize);

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
    tables: Vec<Table>,
    masks: Vec<Eight>,
    drawn: Vec<u8>,
    out: Vec<Eight>,
}

impl Picks {
    fn of(name: &'static str, pick: Pick, digits: [Source; 2]) -> Box<dyn Subject> {
        let mut field = Field::of(BITS);
        let base = field.numbers(&random(LANES * BITS / 8));
        let one = field.one();
        let mut x = base.clone();
        let made = Power {
            x: &mut x,
            one: &one,
            exponents: [&[]; LANES],
            modulus: &field.modulus,
        };
        // SAFETY: whoever measures has made sure of the features.
        let tables = unsafe { powers(&[made], &mut field.scratch) };
        Box::new(Self {
            name,
            pick,
            digits,
            tables,
            masks: vec![Eight::default(); POWERS],
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
        // SAFETY: whoever measures has made sure of the features.
        unsafe { mask_for_each(&mut self.masks, &wanted) };
        let mut read = Read {
            table: &self.tables[0],
            masks: &self.masks,
            wanted: &mut self.out,
        };
        for pass in 0..READS {
            // SAFETY: as above.
            unsafe { (self.pick)(&mut read, &wanted, pass % WINDOW_BITS) };
        }
        black_box(&self.out);
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn pick(read: &mut Read<'_>, _: &Eight, pass: usize) {
    read.pick(pass);
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn leaky_pick(read: &mut Read<'_>, wanted: &Eight, pass: usize) {
    let part = read.wanted.len() / WINDOW_BITS;
    let limbs = &read.table.0.as_chunks::<POWERS>().0[pass * part..][..part];
    let out = &mut read.wanted[pass * part..][..part];
    for number in 0..POWERS {
        for (out, limb) in out.iter_mut().zip(limbs) {
            *out = black_box(limb[number]);
        }
        if wanted.0.iter().all(|wanted| *wanted <= number as u64) {
            return;
        }
    }
}
