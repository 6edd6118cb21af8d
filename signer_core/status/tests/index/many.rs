//! Many certificates against a plain map.

use std::collections::HashMap;

use status::Status;

use super::rows::{Row, apply, ask, ask_all, index, mixed, status};

const NUMBERS: u64 = 300_000;
const PAGE: u64 = 5_000;
/// Pages between what is forgotten.
const UNTIL_FORGOTTEN: u64 = 20;
const DAYS: u64 = 1_000;
const DAY: i64 = 86_400;

type Plain = HashMap<(u64, u16), (i64, Option<(u8, i64)>)>;

/// What the turn tells of the number: every eleventh is revoked from the first on.
fn row(number: u64, turn: u64) -> Row {
    let drawn = mixed(turn);
    Row {
        number,
        generation: 1 + u16::from(number.is_multiple_of(3)),
        not_after: (drawn % DAYS) as i64 * DAY,
        revocation: drawn.is_multiple_of(11).then_some((4, turn as i64)),
    }
}

/// A page of new numbers, and of numbers that there were before.
fn page(first: u64) -> Vec<Row> {
    let new = (first..first + PAGE).map(|number| row(number, number));
    let changed = (0..PAGE / 5).map(|place| {
        let turn = NUMBERS + first + place;
        row(mixed(!turn) % (first + PAGE), turn)
    });
    new.chain(changed).collect()
}

fn apply_plain(plain: &mut Plain, rows: &[Row]) {
    for row in rows {
        let held = plain
            .entry((row.number, row.generation))
            .or_insert((row.not_after, None));
        held.0 = held.0.max(row.not_after);
        held.1 = row.revocation.or(held.1);
    }
}

#[test]
fn three_hundred_thousand_numbers_answer_like_a_plain_map() {
    let (index, mut plain) = (index(), Plain::new());
    for page_number in 0..NUMBERS / PAGE {
        let rows = page(page_number * PAGE);
        apply(&index, &rows);
        apply_plain(&mut plain, &rows);
        if (page_number + 1).is_multiple_of(UNTIL_FORGOTTEN) {
            // A fifth of them, then two, then three.
            let before = (page_number / UNTIL_FORGOTTEN + 1) * DAYS / 5;
            let (before, held) = (before as i64 * DAY, plain.len());
            plain.retain(|_, (end, _)| *end >= before);
            assert_eq!(index.forget_ended(before), held - plain.len());
        }
        assert_eq!(index.len(), plain.len());
    }
    // A half more were never issued.
    let numbers = || 0..NUMBERS + NUMBERS / 2;
    let together = ask_all(&index, numbers());
    for (number, found) in numbers().zip(together) {
        let held = |generation| plain.get(&(number, generation)).map(|held| status(held.1));
        let expected = [1, 2].map(held);
        for (generation, expected) in (1..).zip(expected) {
            let found = ask(&index, number, generation);
            assert_eq!(found, expected.unwrap_or(Status::Unknown), "{number}");
        }
        // A number has one generation here.
        let any = expected.into_iter().flatten().next();
        assert_eq!(found, any.unwrap_or(Status::Unknown), "{number}");
    }
}
