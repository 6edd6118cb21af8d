//! Octets of one base, in pieces of one size.
//!
//! A base is made anew again and again, a little greater each time. In one piece it would never fit
//! where the last one was: a third and more of the memory would be gaps. A piece fits where another was.

use std::ops::Range;

/// How many bits say the place in a piece.
const BITS: u32 = if cfg!(test) { 8 } else { 16 };
const PIECE: usize = 1 << BITS;

/// What is written is in one piece, whose number and whose place in it together say where.
#[derive(Default)]
pub(super) struct Octets {
    pieces: Vec<Vec<u8>>,
}

impl Octets {
    /// Where what is written next is, unless it does not fit there.
    pub(super) fn end(&self) -> usize {
        match self.pieces.last() {
            Some(last) if last.len() < PIECE => (self.pieces.len() - 1) << BITS | last.len(),
            _ => self.pieces.len() << BITS,
        }
    }

    /// How many octets may be written without a new piece.
    pub(super) fn room(&self) -> usize {
        let last = self.pieces.last();
        last.map_or(0, |last| PIECE.saturating_sub(last.len()))
    }

    /// Where these octets are now. More than a piece has room for have one of their own.
    pub(super) fn push(&mut self, octets: &[u8]) -> usize {
        if octets.len() > self.room() {
            self.pieces
                .push(Vec::with_capacity(PIECE.max(octets.len())));
        }
        let start = self.end();
        if let Some(last) = self.pieces.last_mut() {
            last.extend_from_slice(octets);
        }
        start
    }

    /// What was written from here on, up to where what was written next begins.
    #[inline]
    pub(super) fn get(&self, place: Range<usize>) -> &[u8] {
        let (start, next) = (place.start, place.end);
        let Some(piece) = self.pieces.get(start >> BITS) else {
            return &[];
        };
        let end = if Self::in_one_piece(start, next) {
            next % PIECE
        } else {
            piece.len()
        };
        piece.get(start % PIECE..end).unwrap_or_default()
    }

    #[inline]
    pub(super) fn in_one_piece(one: usize, other: usize) -> bool {
        one >> BITS == other >> BITS
    }

    /// Gives back what is not needed.
    pub(super) fn tighten(&mut self) {
        self.pieces.shrink_to_fit();
        if let Some(last) = self.pieces.last_mut() {
            last.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_is_as_it_was_written(
            lengths in prop::collection::vec(
                prop_oneof![20 => 0_usize..60, 3 => Just(0), 1 => PIECE - 2..3 * PIECE], 1..100
            )
        ) {
            let (mut octets, mut written) = (Octets::default(), Vec::new());
            for (number, length) in lengths.into_iter().enumerate() {
                let one = vec![number as u8; length];
                written.push((octets.push(&one), one));
            }
            octets.tighten();
            let ends = written.iter().skip(1).map(|(start, _)| *start).chain([octets.end()]);
            for ((start, one), next) in written.iter().zip(ends) {
                prop_assert!(*start <= next);
                prop_assert_eq!(octets.get(*start..next), &one[..]);
            }
        }
    }
}
