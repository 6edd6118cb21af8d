//! A base and its news made into one.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::base::{Base, Cohort, Form, Row};
use super::key::Key;
use super::record::Record;

/// The shard's base with its news, which come in the order of their keys; without the certificates
/// that ended before this instant, if one is given.
pub(super) fn merged(
    shard: usize,
    base: &Base,
    news: &[(Key, Record)],
    before: Option<i64>,
) -> Base {
    let mut codes = Codes::of(base, before);
    let has_ended = |record: &Record| before.is_some_and(|instant| record.ended_before(instant));
    let news: Vec<Row> = news
        .iter()
        .filter(|(_, record)| !has_ended(record))
        .map(|&(key, record)| Row {
            key,
            code: codes.of_cohort(record.cohort()),
            record,
        })
        .collect();
    let most = base.count - codes.ended_rows(base) + news.len();
    let form = Form::new(Form::bits(base.form.bits, most), codes.cohorts.len());
    let as_is = form == base.form && before.is_none();
    let mut merged = Base::begun(form, codes.cohorts);
    let (mut count, mut rest, mut rows) = (base.count, &news[..], Vec::new());
    let (mut bucket, end) = (0, base.form.buckets());
    while bucket < end {
        if as_is {
            // Buckets without news are copied together.
            let next = rest.first().map_or(end, |row| row.key.bucket(form.bits));
            merged.push_all(base, bucket..next);
            bucket = next;
            if bucket == end {
                break;
            }
        }
        let is_here = |row: &&Row| row.key.bucket(base.form.bits) == bucket;
        let here;
        (here, rest) = rest.split_at(rest.iter().take_while(is_here).count());
        let waiting = rows.len();
        base.decoded(shard, bucket, &mut rows);
        count -= rows.len() - waiting;
        let mut kept = waiting;
        for place in waiting..rows.len() {
            let mut row = rows[place];
            // News say all that is known.
            if let Some(code) = codes.moved[row.code as usize]
                && !here.iter().any(|news| news.is_of(&row))
            {
                row.code = code;
                rows[kept] = row;
                kept += 1;
            }
        }
        rows.truncate(kept);
        rows.extend(here);
        count += rows.len() - waiting;
        put(&mut merged, base.form.bits, bucket, &mut rows);
        bucket += 1;
    }
    merged.finished(count)
}

/// Writes rows of a bucket whose number has `bits` into those that they have now, once all of the
/// first of these are there.
fn put(merged: &mut Base, bits: u32, bucket: usize, rows: &mut Vec<Row>) {
    let form = merged.form;
    let mut octets = Vec::new();
    if form.bits < bits {
        if !(bucket + 1).is_multiple_of(1 << (bits - form.bits)) {
            return;
        }
        form.write(rows, &mut octets);
        merged.push(&octets);
    } else {
        let more = form.bits - bits;
        rows.sort_unstable_by_key(|row| row.key);
        let mut rest = &rows[..];
        for bucket in bucket << more..(bucket + 1) << more {
            let is_here = |row: &&Row| row.key.bucket(form.bits) == bucket;
            let here;
            (here, rest) = rest.split_at(rest.iter().take_while(is_here).count());
            octets.clear();
            form.write(here, &mut octets);
            merged.push(&octets);
        }
    }
    rows.clear();
}

/// Cohorts by code, and codes by cohort.
struct Codes {
    cohorts: Vec<Cohort>,
    codes: HashMap<Cohort, u32, RandomState>,
    /// By the base's code: what it is now, unless the cohort has ended.
    moved: Vec<Option<u32>>,
}

impl Codes {
    fn of(base: &Base, before: Option<i64>) -> Self {
        let mut codes = Self {
            cohorts: Vec::new(),
            codes: HashMap::with_capacity_and_hasher(base.cohorts.len(), RandomState::default()),
            moved: Vec::new(),
        };
        for cohort in &base.cohorts {
            let ended = before.is_some_and(|instant| i64::from(cohort.not_after) < instant);
            let code = (!ended).then(|| codes.of_cohort(*cohort));
            codes.moved.push(code);
        }
        codes
    }

    /// How many rows of the base have ended.
    fn ended_rows(&self, base: &Base) -> usize {
        if self.moved.iter().all(Option::is_some) {
            return 0;
        }
        let has_ended = |code: &usize| self.moved[*code].is_none();
        base.codes().filter(has_ended).count()
    }

    fn of_cohort(&mut self, cohort: Cohort) -> u32 {
        *self.codes.entry(cohort).or_insert_with(|| {
            self.cohorts.push(cohort);
            (self.cohorts.len() - 1) as u32
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::Generation;
    use super::*;

    #[test]
    fn a_base_shrinks_at_once_to_what_is_left() {
        let record = |end| Record::good(Generation::MIN, end).unwrap();
        let all: Vec<_> = (0..1024_u64)
            .map(|number| {
                let end = if number.is_multiple_of(64) { 200 } else { 100 };
                (Key::joined(number << 53, &[1; 12]), record(end))
            })
            .collect();
        let base = merged(0, &Base::default(), &all, None);
        assert_eq!((base.count, base.form.bits), (1024, 8));
        // One more had ended, and has another end now.
        let later = [(all[1].0, record(300))];
        let base = merged(0, &base, &later, Some(150));
        assert_eq!((base.count, base.form.bits), (17, Form::bits(8, 17)));
        assert!(base.form.bits < 8);
        for (number, (key, record)) in all.iter().enumerate() {
            let held = match number {
                1 => Some(later[0].1),
                number => number.is_multiple_of(64).then_some(*record),
            };
            assert_eq!(base.record(key, Generation::MIN), held, "{number}");
        }
    }
}
