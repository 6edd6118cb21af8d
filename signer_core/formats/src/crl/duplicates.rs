//! No serial number may be listed twice.

use std::collections::HashSet;
use std::hash::BuildHasher;

use crate::der::{SerialColumn, SerialNumber};
use crate::error::{Error, Result};

/// Bits of a hash that are put in order at a time: so few places to write to that all of them stay
/// in the nearest cache.
const DIGIT: u32 = 8;
/// How often: 32 bits leave next to no two different hashes of a list side by side.
const DIGITS: u32 = 4;

/// Refuses a column in which a number returns.
///
/// 64-bit hashes of the rows are put in order, and only rows whose hashes meet are compared
/// themselves.
///
/// # Errors
/// `InvalidArgument` naming the row in which it returns; also for what is no serial number.
pub(super) fn refuse_duplicates(serials: SerialColumn<'_>) -> Result<()> {
    let hasher = foldhash::quality::RandomState::default();
    // As machine numbers: octets would be a call each.
    let hash = |serial: &SerialNumber| hasher.hash_one(value(serial));
    let mut hashes = Vec::with_capacity(serials.len());
    for serial in serials.iter() {
        hashes.push(hash(&serial?));
    }
    let mut hashes = ordered(hashes);
    let alike = |a: &u64, b: &u64| (a ^ b).is_multiple_of(1 << (DIGIT * DIGITS));
    let mut met = HashSet::new();
    for some in hashes.chunk_by_mut(alike).filter(|some| some.len() > 1) {
        some.sort_unstable();
        let pairs = some.windows(2).filter(|pair| pair[0] == pair[1]);
        met.extend(pairs.map(|pair| pair[0]));
    }
    if met.is_empty() {
        return Ok(());
    }
    drop(hashes);
    let mut seen: HashSet<SerialNumber> = HashSet::new();
    for (row, serial) in serials.iter().enumerate() {
        let serial = serial?;
        if met.contains(&hash(&serial)) && !seen.insert(serial) {
            return Err(Error::invalid("serial", "is listed twice").in_row(row));
        }
    }
    Ok(())
}

/// The hashes in the order of their low bits, digit by digit from the lowest (a radix sort): hashes
/// are spread evenly, so this touches each eight times where comparing would take the logarithm of a
/// million.
fn ordered(mut hashes: Vec<u64>) -> Vec<u64> {
    let mut moved = vec![0_u64; hashes.len()];
    for number in 0..DIGITS {
        let digit = |hash: u64| (hash >> (number * DIGIT)) as usize % (1 << DIGIT);
        let mut places = [0_usize; 1 << DIGIT];
        for hash in &hashes {
            places[digit(*hash)] += 1;
        }
        let mut before = 0;
        for place in &mut places {
            before += std::mem::replace(place, before);
        }
        for hash in &hashes {
            let place = &mut places[digit(*hash)];
            moved[*place] = *hash;
            *place += 1;
        }
        std::mem::swap(&mut hashes, &mut moved);
    }
    hashes
}

/// The number in two machine numbers, the higher first.
#[inline]
fn value(serial: &SerialNumber) -> (u128, u32) {
    let [high @ .., a, b, c, d] = *serial.padded();
    (u128::from_be_bytes(high), u32::from_be_bytes([a, b, c, d]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(rows: &[&[u8]]) -> bool {
        let lengths: Vec<u8> = rows
            .iter()
            .map(|row| u8::try_from(row.len()).unwrap())
            .collect();
        refuse_duplicates(SerialColumn::new(&rows.concat(), &lengths).unwrap()).is_err()
    }

    #[test]
    fn a_number_that_returns_is_found_whatever_its_zeros() {
        assert!(!refused(&[]));
        assert!(!refused(&[&[1], &[2], &[3]]));
        assert!(!refused(&[&[3], &[1], &[2]]));
        assert!(refused(&[&[3], &[1], &[3]]));
        assert!(refused(&[&[1], &[2], &[2]]));
        assert!(refused(&[&[5], &[1], &[0, 0, 5]]));
    }

    #[test]
    fn hashes_that_meet_lie_side_by_side() {
        let low = 1 << (DIGIT * DIGITS);
        let mut hashes: Vec<u64> = (0..5_000)
            .map(|n: u64| n.wrapping_mul(0x9e37_79b9))
            .collect();
        hashes.extend([7 + low, 3, 7, 7 + 2 * low, 7 + low, u64::MAX]);
        let mut expected = hashes.clone();
        expected.sort_by_key(|hash| hash % low);
        assert_eq!(ordered(hashes), expected);
        assert!(ordered(vec![]).is_empty());
    }

    proptest! {
        #[test]
        fn agrees_with_a_set(rows in proptest::collection::vec(1_u16..200, 0..40)) {
            let octets: Vec<[u8; 2]> = rows.iter().map(|row| row.to_be_bytes()).collect();
            let slices: Vec<&[u8]> = octets.iter().map(|row| &row[..]).collect();
            let distinct: HashSet<_> = rows.iter().collect();
            prop_assert_eq!(refused(&slices), distinct.len() != rows.len());
        }
    }
}
