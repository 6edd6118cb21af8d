//! The last subtraction, where it is needed and where it is not.
#![allow(unsafe_code)]

use std::hint::black_box;

use super::super::measure::{Class, Source, Subject, choose, random};
use super::Field;
use crate::ifma::eight::{Eights, LANES};
use crate::ifma::modulus::sum;

const BITS: usize = 1024;
/// In one measurement: a single one is too short for the clock.
const TIMES: usize = 256;

/// Numbers below the modulus, or the same with the modulus added.
pub(in super::super) fn needed_or_not() -> Box<dyn Subject> {
    let field = Field::of(BITS);
    let moduli = field.octets.clone();
    Box::new(Subtractions {
        numbers: vec![field.one(); TIMES],
        field,
        above: [Source::Fixed(vec![0; moduli.len()]), Source::Fixed(moduli)],
    })
}

struct Subtractions {
    field: Field,
    numbers: Vec<Eights>,
    above: [Source; 2],
}

impl Subject for Subtractions {
    fn name(&self) -> &'static str {
        "last subtraction: not needed / needed"
    }

    fn prepare(&mut self, class: Class) {
        let mut octets = random(LANES * BITS / 8);
        for number in octets.chunks_mut(BITS / 8) {
            number[0] &= 0x7f; // below the modulus
        }
        let mut chosen = self.field.numbers(&octets);
        let mut above = vec![0; LANES * BITS / 8];
        choose(class, &self.above, &mut above);
        // SAFETY: whoever measures has made sure of the features.
        unsafe { sum(&mut chosen, &self.field.numbers(&above)) };
        for number in &mut self.numbers {
            number.copy_from_slice(&chosen);
        }
    }

    fn run(&mut self) {
        for number in &mut self.numbers {
            // SAFETY: whoever measures has made sure of the features.
            unsafe {
                self.field
                    .modulus
                    .subtract_once(number, &mut self.field.scratch)
            };
        }
        black_box(&self.numbers);
    }
}
