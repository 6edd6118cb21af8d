//! Times of two classes of inputs, measured in random order.

use std::hint::black_box;
use std::time::Instant;

use aws_lc_rs::rand;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    First = 0,
    Second = 1,
}

/// Something that is timed.
pub(super) trait Subject {
    fn name(&self) -> &'static str;

    /// Lays out the input of the next run; not timed. Both classes go through the same steps and
    /// end in the same places, so that caches and predictors can't tell them apart.
    fn prepare(&mut self, class: Class);

    fn run(&mut self);
}

/// Nanoseconds of each run.
pub(super) struct Times {
    pub(super) first: Vec<f64>,
    pub(super) second: Vec<f64>,
}

/// Times so many runs; which class is next, a coin says.
pub(super) fn measure(subject: &mut dyn Subject, samples: usize) -> Times {
    let warming = samples / 20;
    let mut measured = Vec::with_capacity(samples);
    for (number, coin) in random(warming + samples).into_iter().enumerate() {
        let class = [Class::First, Class::Second][usize::from(black_box(coin & 1))];
        subject.prepare(class);
        let begin = Instant::now();
        subject.run();
        let time = begin.elapsed().as_nanos() as f64;
        if number >= warming {
            measured.push((class, time));
        }
    }
    let of = |class| {
        let times = measured.iter().filter(|(other, _)| *other == class);
        times.map(|(_, time)| *time).collect()
    };
    Times {
        first: of(Class::First),
        second: of(Class::Second),
    }
}

/// So many random octets.
pub(super) fn random(length: usize) -> Vec<u8> {
    let mut octets = vec![0; length];
    rand::fill(&mut octets).expect("randomness");
    octets
}

/// Where the octets of a class come from.
pub(super) enum Source {
    Fixed(Vec<u8>),
    Drawn(fn(usize) -> Vec<u8>),
}

/// Writes what one of two sources says. Asks both and chooses by a mask: a branch or an address
/// would leave traces of the class that the next run could be slower or faster by.
pub(super) fn choose(class: Class, sources: &[Source; 2], to: &mut [u8]) {
    let [first, second] = sources.each_ref().map(|source| match source {
        Source::Fixed(octets) => {
            random(to.len());
            octets.clone()
        }
        Source::Drawn(draw) => draw(to.len()),
    });
    let mask = black_box(0_u8.wrapping_sub(class as u8));
    for ((to, first), second) in to.iter_mut().zip(first).zip(second) {
        *to = first ^ (mask & (first ^ second));
    }
}
