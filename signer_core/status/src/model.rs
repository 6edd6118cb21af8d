//! Any history of many certificates against a plain map, through files as well; and torn files.

use std::collections::BTreeMap;

use formats::der::{SerialColumn, SerialNumber};
use proptest::prelude::*;

use super::tests::SEED;
use super::{Columns, FileError, Generation, Reason, Status, StatusIndex};

const NUMBERS: u16 = 1200;

/// Short numbers, and long ones that differ in their first octets or in their last.
fn octets(number: u16) -> [u8; 20] {
    let mut octets = [0; 20];
    let place = match number % 3 {
        0 => 18,
        1 => 1,
        _ => 10,
    };
    octets[place..place + 2].copy_from_slice(&(number + 1).to_be_bytes());
    if !number.is_multiple_of(3) {
        octets[0] = 0x40;
    }
    octets
}

fn serial(number: u16) -> SerialNumber {
    SerialNumber::from_unsigned(&octets(number)).unwrap()
}

#[derive(Debug, Clone, Copy)]
struct Row {
    number: u16,
    generation: u16,
    not_after: i64,
    revocation: Option<(u8, i64)>,
}

#[derive(Debug, Clone)]
enum Event {
    News(Vec<Row>),
    Fill(Vec<Row>),
    Settle,
    Forget(i64),
    Reload,
}

fn row() -> impl Strategy<Value = Row> {
    // 6 is a hold: a revocation like another, until one that comes later says otherwise.
    let revocation = (prop::sample::select(vec![0_u8, 1, 4, 5, 6]), 0_i64..100);
    (
        0..NUMBERS,
        prop_oneof![8 => 1_u16..3, 1 => 65_534_u16..=65_535],
        prop_oneof![100_i64..120, 100_i64..900],
        prop::option::weighted(0.3, revocation),
    )
        .prop_map(|(number, generation, not_after, revocation)| Row {
            number,
            generation,
            not_after,
            revocation,
        })
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => prop::collection::vec(row(), 0..1000).prop_map(Event::News),
        1 => prop_oneof![100_i64..122, 100_i64..902].prop_map(Event::Forget),
        3 => prop::collection::vec(row(), 0..1000).prop_map(Event::Fill),
        1 => Just(Event::Settle),
        1 => Just(Event::Reload),
    ]
}

fn apply(index: &StatusIndex, rows: &[Row]) {
    columns(rows, |columns| index.apply(columns).unwrap());
}

fn columns(rows: &[Row], taken: impl FnOnce(&Columns<'_>)) {
    let octets: Vec<u8> = rows.iter().flat_map(|row| octets(row.number)).collect();
    let lengths = vec![20; rows.len()];
    let column = |value: fn(&Row) -> i64| -> Vec<u8> {
        rows.iter()
            .flat_map(|row| value(row).to_le_bytes())
            .collect()
    };
    let statuses: Vec<u8> = rows
        .iter()
        .map(|row| 1 + u8::from(row.revocation.is_some()))
        .collect();
    let reasons: Vec<u8> = rows
        .iter()
        .map(|row| row.revocation.unwrap_or_default().0)
        .collect();
    let generations: Vec<u8> = rows
        .iter()
        .flat_map(|row| row.generation.to_le_bytes())
        .collect();
    taken(&Columns {
        serials: SerialColumn::new(&octets, &lengths).unwrap(),
        generations: &generations,
        not_after: &column(|row| row.not_after),
        statuses: &statuses,
        reasons: &reasons,
        revoked_at: &column(|row| row.revocation.unwrap_or_default().1),
    });
}

type Plain = BTreeMap<(u16, u16), (i64, Option<(u8, i64)>)>;

fn apply_plain(plain: &mut Plain, rows: &[Row]) {
    for row in rows {
        let held = plain
            .entry((row.number, row.generation))
            .or_insert((row.not_after, None));
        held.0 = held.0.max(row.not_after);
        held.1 = row.revocation.or(held.1);
    }
}

fn written(index: &StatusIndex) -> Vec<u8> {
    let mut file = Vec::new();
    index.write_to(&mut file, b"about").unwrap();
    file
}

fn read(file: &[u8]) -> Result<(StatusIndex, Vec<u8>), FileError> {
    StatusIndex::read_from(&mut &*file, usize::from(NUMBERS) * 5)
}

fn status(revocation: Option<(u8, i64)>) -> Status {
    revocation.map_or(Status::Good, |(reason, at)| Status::Revoked {
        reason: Reason::try_from(reason).unwrap(),
        at,
    })
}

fn check(index: &StatusIndex, plain: &Plain) -> Result<(), TestCaseError> {
    prop_assert_eq!(index.len(), plain.len());
    let numbers = (0..NUMBERS + 5).map(|number| Some(serial(number)));
    let together = index.lookup_batch(numbers);
    for number in 0..NUMBERS + 5 {
        let mut all = Vec::new();
        for generation in [1, 2, 3, 65_534, 65_535] {
            let held = plain.get(&(number, generation)).map(|held| status(held.1));
            let generation = Generation::new(generation);
            let found = index.lookup(&serial(number), generation);
            prop_assert_eq!(found, held.unwrap_or(Status::Unknown));
            prop_assert_eq!(index.try_lookup(&serial(number), generation), Some(found));
            all.extend(held);
        }
        let any = index.lookup(&serial(number), None);
        prop_assert_eq!(together[usize::from(number)], any);
        let revoked = all.iter().any(|status| *status != Status::Good);
        let expected = if revoked {
            Status::REVOKED
        } else if all.is_empty() {
            Status::UNKNOWN
        } else {
            Status::GOOD
        };
        prop_assert_eq!(any.code(), expected);
        prop_assert!(all.is_empty() || all.contains(&any));
    }
    Ok(())
}

proptest! {
    // Each asks everything after every event.
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn many_certificates_answer_like_a_plain_map(events in prop::collection::vec(event(), 0..12)) {
        let (mut index, mut plain) = (StatusIndex::seeded(SEED), Plain::new());
        for event in events {
            match event {
                Event::News(rows) => {
                    apply(&index, &rows);
                    apply_plain(&mut plain, &rows);
                }
                Event::Fill(rows) => {
                    columns(&rows, |columns| index.fill(columns).unwrap());
                    apply_plain(&mut plain, &rows);
                }
                Event::Settle => index.settle(),
                Event::Forget(before) => {
                    let held = plain.len();
                    plain.retain(|_, held| held.0 >= before);
                    prop_assert_eq!(index.forget_ended(before), held - plain.len());
                }
                Event::Reload => {
                    let (again, about) = read(&written(&index)).unwrap();
                    prop_assert_eq!(&about[..], b"about");
                    index = again;
                }
            }
            check(&index, &plain)?;
        }
    }

    #[test]
    fn an_altered_file_is_refused(
        rows in prop::collection::vec(row(), 0..100),
        at: prop::sample::Index,
        bit in 0_u32..8,
    ) {
        let index = StatusIndex::seeded(SEED);
        apply(&index, &rows);
        let mut file = written(&index);
        let at = at.index(file.len());
        file[at] ^= 1_u8 << bit;
        prop_assert!(read(&file).is_err());
        file[at] ^= 1_u8 << bit;
        prop_assert!(read(&file[..at]).is_err());
        prop_assert!(read(&file).is_ok());
        file.push(0);
        prop_assert!(read(&file).is_err());
    }
}
