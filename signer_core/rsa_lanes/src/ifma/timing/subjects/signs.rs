//! Whole private operations: blinding, both primes, recombination.

use super::super::measure::{Class, Source, Subject, choose, random};
use crate::ifma::testing::{Key, pkcs8};
use crate::ifma::{LANES, PAIRS};
use crate::{Job, sign_group};

const BITS: usize = 2048;
/// Groups of keys in each class.
const GROUPS: usize = 8;

/// One message in all lanes, or a random one in each; one key.
pub(in super::super) fn messages() -> Box<dyn Subject> {
    let octets = pkcs8(BITS);
    let group = || vec![(0..LANES).map(|_| Key::from_pkcs8(&octets)).collect()];
    let fixed = random(BITS / 8).repeat(LANES);
    Box::new(Signs {
        name: "sign: fixed message / random messages",
        groups: [group(), Vec::new()],
        chosen: (Class::First, 0),
        encoded: [Source::Fixed(fixed), Source::Drawn(random)],
        messages: vec![0; LANES * BITS / 8],
    })
}

/// One key in all lanes, or another one in each; random messages.
pub(in super::super) fn keys() -> Box<dyn Subject> {
    same_or_different("sign: fixed key / random keys", LANES)
}

/// The same where each message takes two lanes.
pub(in super::super) fn few_keys() -> Box<dyn Subject> {
    same_or_different("sign four: fixed key / random keys", PAIRS)
}

/// Both classes have objects of their own, made in turns from octets, so that memory and caches
/// treat them alike.
fn same_or_different(name: &'static str, size: usize) -> Box<dyn Subject> {
    let fixed = pkcs8(BITS);
    let others: Vec<_> = (0..GROUPS * size).map(|_| pkcs8(BITS)).collect();
    let mut groups: [Vec<Vec<Key>>; 2] = Default::default();
    for others in others.chunks(size) {
        let pairs = others
            .iter()
            .map(|other| (Key::from_pkcs8(&fixed), Key::from_pkcs8(other)));
        let (same, different) = pairs.unzip();
        groups[0].push(same);
        groups[1].push(different);
    }
    Box::new(Signs {
        name,
        groups,
        chosen: (Class::First, 0),
        encoded: [Source::Drawn(random), Source::Drawn(random)],
        messages: vec![0; size * BITS / 8],
    })
}

struct Signs {
    name: &'static str,
    groups: [Vec<Vec<Key>>; 2],
    chosen: (Class, usize),
    encoded: [Source; 2],
    /// One for each key, in a row.
    messages: Vec<u8>,
}

impl Subject for Signs {
    fn name(&self) -> &'static str {
        self.name
    }

    fn prepare(&mut self, class: Class) {
        choose(class, &self.encoded, &mut self.messages);
        for message in self.messages.chunks_mut(BITS / 8) {
            message[0] = 0; // below the modulus
        }
        let class = if self.groups[1].is_empty() {
            Class::First
        } else {
            class
        };
        self.chosen = (class, usize::from(random(1)[0]));
    }

    fn run(&mut self) {
        let (class, drawn) = self.chosen;
        let groups = &self.groups[usize::from(class == Class::Second)];
        let keys = &groups[drawn % groups.len()];
        let jobs: Vec<_> = keys
            .iter()
            .zip(self.messages.chunks(BITS / 8))
            .map(|(key, encoded)| Job {
                key: key.private.as_ref().expect("a usual key"),
                encoded,
            })
            .collect();
        let signed = sign_group(&jobs).expect("lanes").expect("randomness");
        std::hint::black_box(signed);
    }
}
