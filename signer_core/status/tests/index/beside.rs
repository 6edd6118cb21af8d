//! News, sweeps and look-ups at the same time.

use std::thread;

use status::{Status, StatusIndex};

use super::rows::{Row, apply, ask, ask_all, index, status};

/// Numbers that stay.
const STAYING: u64 = 10_000;
/// Those that come and end, in each of the rounds.
const PASSING: u64 = 40_000;
const ROUNDS: i64 = 6;
const LATE: i64 = 4_000_000_000;
const REVOKED: Option<(u8, i64)> = Some((5, 9));

fn rows(numbers: std::ops::Range<u64>, not_after: i64, revocation: Option<(u8, i64)>) -> Vec<Row> {
    numbers
        .map(|number| Row {
            number,
            generation: 1,
            not_after,
            revocation,
        })
        .collect()
}

/// All numbers that end then, which were not there before.
fn pass(index: &StatusIndex, end: i64) {
    apply(index, &rows(STAYING..STAYING + PASSING, end, None));
}

#[test]
fn news_show_while_a_sweep_forgets() {
    let index = index();
    apply(&index, &rows(0..STAYING, LATE, None));
    let mut revoked = 0;
    for round in 0..ROUNDS {
        pass(&index, round);
        thread::scope(|scope| {
            let sweep = scope.spawn(|| index.forget_ended(round + 1));
            // Once at least, and as long as it takes.
            loop {
                let was_swept = sweep.is_finished();
                let number = revoked % STAYING;
                apply(&index, &rows(number..number + 1, LATE, REVOKED));
                revoked += 1;
                assert_eq!(ask(&index, number, 1), status(REVOKED));
                if was_swept {
                    break;
                }
            }
            assert_eq!(sweep.join().unwrap() as u64, PASSING);
        });
    }
    assert_eq!(index.len() as u64, STAYING);
    for (number, found) in (0..STAYING).zip(ask_all(&index, 0..STAYING)) {
        let expected = if number < revoked { REVOKED } else { None };
        assert_eq!(found, status(expected), "{number}");
    }
}

#[test]
fn what_stays_shows_while_others_come_and_go() {
    let index = index();
    apply(&index, &rows(0..STAYING / 2, LATE, None));
    apply(&index, &rows(STAYING / 2..STAYING, LATE, REVOKED));
    thread::scope(|scope| {
        let changes = scope.spawn(|| {
            for round in 0..ROUNDS {
                pass(&index, round);
                assert_eq!(ask(&index, STAYING, 1), Status::Good);
                assert_eq!(index.forget_ended(round + 1) as u64, PASSING);
                assert_eq!(ask(&index, STAYING, 1), Status::Unknown);
            }
        });
        loop {
            let were_all_made = changes.is_finished();
            for (number, found) in (0..STAYING).zip(ask_all(&index, 0..STAYING)) {
                let expected = if number < STAYING / 2 { None } else { REVOKED };
                assert_eq!(found, status(expected), "{number}");
            }
            if were_all_made {
                break;
            }
        }
        changes.join().unwrap();
    });
    assert_eq!(index.len() as u64, STAYING);
}
