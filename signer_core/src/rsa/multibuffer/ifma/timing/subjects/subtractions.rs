//! The last subtraction, where it is needed and where it is not.
#![allow(unsafe_code)]

use std::hint::black_box;

use super::super::measure::{Class, Source, Subject, choose, random};
use super::Field;
use crate::rsa::multibuffer::ifma::eight::LANES;
use crate::rsa::multibuffer::ifma::modulus::{Eights, sum};

const BITS: usize = 1024;
/// In one measurement: a single one is too short for the clock.
const TIMES: usize = 256;

/// Numbers below the modulus, or the same with the modulus added.
pub(in super::super) fn needed_or_not() -> Box<dyn Subject> {
    let field = Field::of(BITS);
    let modulus = field.modulus();
    Box::new(Subtractions {
        numbers: vec![field.one(); TIMES],
        modulus,
        field,
        above: [Source::Fixed(vec![0]), Source::Fixed(vec![1])],
    })
}

struct Subtractions {
    field: Field,
    modulus: Eights,
    numbers: Vec<Eights>,
    above: [Source; 2],
}

impl Subject for Subtractions {
    fn name(&self) -> &'static str {
        "last subtraction: not needed / needed"
    }

    fn prepare(&mut self, class: Class) {
        let mut above = [0];
        choose(class, &self.above, &mut above);
        let mut octets = random(LANES * BITS / 8);
        for number in octets.chunks_mut(BITS / 8) {
            number[0] &= 0x7f; // below the modulus
        }
        let below = self.field.numbers(&octets);
        let mut raised = below.clone();
        // SAFETY: whoever measures has made sure of the features.
        unsafe { sum(&mut raised, &self.modulus) };
        let chosen = [below, raised];
        for number in &mut self.numbers {
            number.copy_from_slice(&chosen[usize::from(above[0])]);
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
