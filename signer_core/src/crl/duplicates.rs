//! No serial number may be listed twice.

use std::collections::HashSet;
use std::hash::BuildHasher;

use crate::der::{SerialColumn, SerialNumber};
use crate::error::{Error, Result};

/// Refuses a column in which a number returns.
///
/// A 64-bit hash of each row is sorted, eight octets a row, and only rows whose hashes meet are
/// compared themselves.
///
/// # Errors
/// `InvalidArgument` naming both rows; also for what is no serial number.
pub(super) fn refuse_duplicates(serials: SerialColumn<'_>) -> Result<()> {
    let hasher = foldhash::quality::RandomState::default();
    // As machine numbers: octets would be a call each.
    let hash = |serial: &SerialNumber| hasher.hash_one(value(serial));
    let mut hashes = Vec::with_capacity(serials.len());
    for serial in serials.iter() {
        hashes.push(hash(&serial?));
    }
    hashes.sort_unstable();
    let met: HashSet<u64> = hashes
        .windows(2)
        .filter(|pair| pair[0] == pair[1])
        .map(|pair| pair[0])
        .collect();
    if met.is_empty() {
        return Ok(());
    }
    drop(hashes);
    let mut seen: HashSet<SerialNumber> = HashSet::new();
    for (row, serial) in serials.iter().enumerate() {
        let serial = serial?;
        if met.contains(&hash(&serial)) && !seen.insert(serial) {
            return Err(Error::InvalidArgument(format!(
                "row {row}: serial: is listed twice"
            )));
        }
    }
    Ok(())
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
