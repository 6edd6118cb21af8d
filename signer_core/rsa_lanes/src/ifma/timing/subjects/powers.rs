//! The windowed power alone, without blinding before it.
#![allow(unsafe_code)]

use super::super::measure::{Class, Source, Subject, choose, random};
use super::Field;
use crate::ifma::eight::{Eight, Eights, LANES};
use crate::ifma::modulus::Scratch;
use crate::ifma::table::{POWERS, Read, WINDOW_BITS, mask_for_each};
use crate::ifma::window::{Power, power, powers};

/// Primes of RSA-2048 and of RSA-3072: `twenty` and `tiles`.
const SMALL: usize = 1024;
const LARGE: usize = 1536;

type Work = unsafe fn(&mut [Power<'_>], &mut Scratch);

pub(in super::super) fn bases() -> Box<dyn Subject> {
    let fixed = Source::Fixed(random(LANES * SMALL / 8));
    Box::new(Powers {
        bases: [fixed, Source::Drawn(random)],
        ..Powers::of("power: fixed base / random bases", SMALL)
    })
}

pub(in super::super) fn zero_bases() -> Box<dyn Subject> {
    let zero = Source::Fixed(vec![0; LANES * SMALL / 8]);
    Box::new(Powers {
        bases: [zero, Source::Drawn(random)],
        ..Powers::of("power: base 0 / random bases", SMALL)
    })
}

pub(in super::super) fn exponents() -> Box<dyn Subject> {
    let fixed = Source::Fixed(windows(LANES * SMALL.div_ceil(WINDOW_BITS)));
    Box::new(Powers {
        exponents: [fixed, Source::Drawn(windows)],
        ..Powers::of("power: fixed exponent / random exponents", SMALL)
    })
}

pub(in super::super) fn sparse_exponents() -> Box<dyn Subject> {
    sparse("power: exponent of zeros / of ones", SMALL)
}

pub(in super::super) fn sparse_exponents_of_larger_keys() -> Box<dyn Subject> {
    sparse("power, 1536 bits: exponent of zeros / of ones", LARGE)
}

fn sparse(name: &'static str, bits: usize) -> Box<dyn Subject> {
    let all = |window| Source::Fixed(vec![window; LANES * bits.div_ceil(WINDOW_BITS)]);
    Box::new(Powers {
        exponents: [all(0), all(31)],
        ..Powers::of(name, bits)
    })
}

/// The control: leaves out the product of windows that are zero in all lanes, one in 32.
pub(in super::super) fn skips_zero_windows() -> Box<dyn Subject> {
    let with_zeros = |count| windows(count / LANES).repeat(LANES);
    let without = |count| {
        let mut windows = windows(count / LANES);
        windows.iter_mut().for_each(|window| *window |= 1);
        windows.repeat(LANES)
    };
    Box::new(Powers {
        work: leaky_power,
        exponents: [Source::Drawn(with_zeros), Source::Drawn(without)],
        ..Powers::of("control: zero windows skipped, some / none", SMALL)
    })
}

/// Random windows, eight exponents in a row.
fn windows(count: usize) -> Vec<u8> {
    random(count).iter().map(|octet| octet & 0x1f).collect()
}

struct Powers {
    name: &'static str,
    field: Field,
    work: Work,
    bases: [Source; 2],
    exponents: [Source; 2],
    octets: Vec<u8>,
    windows: Vec<u8>,
    one: Eights,
    x: Eights,
}

impl Powers {
    fn of(name: &'static str, bits: usize) -> Self {
        let field = Field::of(bits);
        let one = field.one();
        Self {
            name,
            field,
            work: power,
            bases: [Source::Drawn(random), Source::Drawn(random)],
            exponents: [Source::Drawn(windows), Source::Drawn(windows)],
            octets: vec![0; LANES * bits / 8],
            windows: vec![0; LANES * bits.div_ceil(WINDOW_BITS)],
            x: one.clone(),
            one,
        }
    }
}

impl Subject for Powers {
    fn name(&self) -> &'static str {
        self.name
    }

    fn prepare(&mut self, class: Class) {
        choose(class, &self.bases, &mut self.octets);
        choose(class, &self.exponents, &mut self.windows);
        self.x.copy_from_slice(&self.field.numbers(&self.octets));
    }

    fn run(&mut self) {
        let length = self.windows.len() / LANES;
        let exponents = std::array::from_fn(|lane| &self.windows[lane * length..][..length]);
        let Field {
            modulus, scratch, ..
        } = &mut self.field;
        let made = Power {
            x: &mut self.x,
            one: &self.one,
            exponents,
            modulus,
        };
        // SAFETY: whoever measures has made sure of the features.
        unsafe { (self.work)(&mut [made], scratch) };
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn leaky_power(made: &mut [Power<'_>], scratch: &mut Scratch) {
    let tables = powers(made, scratch);
    for (power, table) in made.iter_mut().zip(&tables) {
        let mut factor = vec![Eight::default(); power.x.len()];
        let mut masks = vec![Eight::default(); POWERS];
        power.x.copy_from_slice(power.one);
        for place in 0..power.exponents[0].len() {
            let wanted = Eight(power.exponents.map(|windows| u64::from(windows[place])));
            mask_for_each(&mut masks, &wanted);
            for pass in 0..WINDOW_BITS {
                let mut read = Read {
                    table,
                    masks: &masks,
                    wanted: &mut factor,
                };
                power
                    .modulus
                    .square_and_read(power.x, scratch, &mut read, pass);
            }
            if wanted.0 != [0; LANES] {
                power.modulus.multiply(power.x, &factor, scratch);
            }
        }
    }
}
