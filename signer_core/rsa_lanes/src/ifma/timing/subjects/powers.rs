//! The windowed power alone, without blinding before it.
#![allow(unsafe_code)]

use super::super::measure::{Class, Source, Subject, choose, random};
use super::Field;
use crate::ifma::eight::{Eight, LANES};
use crate::ifma::modulus::{Eights, Modulus, Scratch};
use crate::ifma::window::{WINDOW_BITS, pick, power, powers};

/// Primes of RSA-2048 and of RSA-3072: `twenty` and `tiles`.
const SMALL: usize = 1024;
const LARGE: usize = 1536;

type Power = unsafe fn(&mut [Eight], &[Eight], [&[u8]; LANES], &Modulus, &mut Scratch);

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
        power: leaky_power,
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
    power: Power,
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
            power,
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
        // SAFETY: whoever measures has made sure of the features.
        unsafe { (self.power)(&mut self.x, &self.one, exponents, modulus, scratch) };
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn leaky_power(
    x: &mut [Eight],
    one: &[Eight],
    exponents: [&[u8]; LANES],
    modulus: &Modulus,
    scratch: &mut Scratch,
) {
    let table = powers(x, one, modulus, scratch);
    let mut factor = vec![Eight::default(); x.len()];
    x.copy_from_slice(one);
    for place in 0..exponents[0].len() {
        let wanted = Eight(exponents.map(|windows| u64::from(windows[place])));
        for pass in 0..WINDOW_BITS {
            pick(&mut factor, &table, wanted, pass);
            modulus.square(x, scratch);
        }
        if wanted.0 != [0; LANES] {
            modulus.multiply(x, &factor, scratch);
        }
    }
}
