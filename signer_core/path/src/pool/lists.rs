//! The revocation lists of one issuer, found by what they are about and by time.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use crate::Sha256;
use crate::crl::{Number, RevocationList, Scope};
use crate::distribution::full_names;
use crate::names::GeneralName;

/// The lists of one issuer, in rows. There may be thousands: forged ones, or all of ten years.
#[derive(Default)]
pub(crate) struct IssuersLists {
    rows: Vec<Row>,
    places: HashMap<OfRow, usize>,
    /// Rows that are not of certain points.
    anywhere: Vec<usize>,
    /// Those that are, by each name of the point.
    named: HashMap<GeneralName, Vec<usize>>,
    seen: HashSet<Sha256>,
}

/// Lists of one row: the same issuer, issuingDistributionPoint and authorityKeyIdentifier.
#[derive(Default)]
pub(crate) struct Row {
    /// By thisUpdate.
    lists: Vec<RevocationList>,
    /// Of the lists up to each place: the latest nextUpdate, and the place of the highest number.
    until: Vec<i64>,
    highest: Vec<usize>,
}

/// A list that stands for its row.
struct OfRow(RevocationList);

impl PartialEq for OfRow {
    fn eq(&self, other: &Self) -> bool {
        self.0.row() == other.0.row()
    }
}

impl Eq for OfRow {}

impl Hash for OfRow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.row().hash(state);
    }
}

impl IssuersLists {
    /// Takes one more, unless it is there already. They are in order when [`Self::sort`] was called.
    pub(super) fn take(&mut self, list: &RevocationList) {
        if !self.seen.insert(*list.sha256()) {
            return;
        }
        let next = self.rows.len();
        let place = *self.places.entry(OfRow(list.clone())).or_insert(next);
        if place == next {
            self.rows.push(Row::default());
            match &list.scope().point {
                None => self.anywhere.push(place),
                Some(name) => {
                    for name in full_names(name, list.issuer()) {
                        self.named.entry(name).or_default().push(place);
                    }
                }
            }
        }
        self.rows[place].lists.push(list.clone());
    }

    pub(super) fn sort(&mut self) {
        self.rows.iter_mut().for_each(Row::sort);
    }

    /// Rows of every point, by their places.
    pub(crate) fn anywhere(&self) -> &[usize] {
        &self.anywhere
    }

    /// Rows of points of this name, by their places. One may be there twice.
    pub(crate) fn named(&self, name: &GeneralName) -> &[usize] {
        self.named.get(name).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn row(&self, place: usize) -> &Row {
        &self.rows[place]
    }
}

impl Row {
    fn sort(&mut self) {
        self.lists.sort_by_key(RevocationList::this_update);
        self.until.clear();
        self.highest.clear();
        let (mut until, mut highest) = (i64::MIN, 0);
        for (place, list) in self.lists.iter().enumerate() {
            until = until.max(list.next_update().unwrap_or(i64::MIN));
            if list.number() > self.lists[highest].number() {
                highest = place;
            }
            self.until.push(until);
            self.highest.push(highest);
        }
    }

    /// All of them, by thisUpdate.
    pub(crate) fn lists(&self) -> &[RevocationList] {
        &self.lists
    }

    /// What they are about; nothing when there is none.
    pub(crate) fn scope(&self) -> Option<&Scope> {
        self.lists.first().map(RevocationList::scope)
    }

    /// The key identifier of whoever signed them.
    pub(crate) fn authority_key(&self) -> Option<&[u8]> {
        self.lists.first()?.authority_key()
    }

    /// Those that may be of a time, and some that are not: each that began and behind which one is that
    /// had not ended. Whether one had is asked of it.
    pub(crate) fn around(&self, at: i64) -> &[RevocationList] {
        let begun = self.lists.partition_point(|list| list.this_update() <= at);
        // The latest end only grows.
        let ended = self.until[..begun].partition_point(|until| *until <= at);
        &self.lists[ended..begun]
    }

    /// Those that came before a list, if one of them has a number as high.
    pub(crate) fn before_as_high(&self, list: &RevocationList) -> &[RevocationList] {
        let before = self
            .lists
            .partition_point(|one| one.this_update() < list.this_update());
        let highest = before
            .checked_sub(1)
            .and_then(|last| self.lists[self.highest[last]].number());
        if is_as_high(highest, list) {
            &self.lists[..before]
        } else {
            &[]
        }
    }
}

/// Whether a number is there, and not lower than this list's.
pub(crate) fn is_as_high(number: Option<Number<'_>>, list: &RevocationList) -> bool {
    number.is_some() && number >= list.number()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::octets::wrapped;
    use crate::testing::{DAY, Key, MadeList, NOW, extension};

    fn lists(made: &[MadeList]) -> IssuersLists {
        let key = Key::new();
        let mut lists = IssuersLists::default();
        for one in made {
            let list = one.sign(&key);
            lists.take(&list);
            lists.take(&list);
        }
        lists.sort();
        lists
    }

    fn of(days: i64, until: i64, number: u64) -> MadeList {
        MadeList::of("CA")
            .window(NOW + days * DAY, Some(NOW + until * DAY))
            .number(number)
    }

    #[test]
    fn a_list_is_found_by_its_time_among_all_there_were() {
        let made: Vec<_> = (0..100)
            .map(|day| of(-day, 2 - day, 1000 - day.unsigned_abs()))
            .collect();
        let lists = lists(&made);
        let [place] = lists.anywhere() else {
            panic!("one row")
        };
        let row = lists.row(*place);
        assert_eq!(row.lists().len(), 100, "each once");
        assert_eq!(row.around(NOW).len(), 2);
        assert_eq!(row.around(NOW - 50 * DAY).len(), 2);
        assert_eq!(row.around(NOW - 99 * DAY).len(), 1);
        assert!(row.around(NOW - 100 * DAY).is_empty());
        assert!(row.around(NOW + 2 * DAY).is_empty());
        // Numbers rise: nothing has to be looked at.
        assert!(
            row.lists()
                .iter()
                .all(|one| row.before_as_high(one).is_empty())
        );
    }

    #[test]
    fn a_long_one_is_not_hidden_by_short_ones_that_came_later() {
        let lists = lists(&[of(-9, 9, 1), of(-8, -7, 2), of(-6, -5, 3), of(-4, -3, 4)]);
        let row = lists.row(0);
        let valid = |at: i64| {
            let around = row.around(at).iter();
            around
                .filter(|one| one.next_update().is_some_and(|next| at < next))
                .count()
        };
        for (day, count) in [(-10, 0), (-9, 1), (-8, 2), (-7, 1), (0, 1), (9, 0)] {
            assert_eq!(valid(NOW + day * DAY), count, "{day}");
        }
    }

    #[test]
    fn an_earlier_one_with_a_number_as_high_is_found_wherever_it_stands() {
        let lists = lists(&[of(-9, 9, 5), of(-8, 9, 90), of(-7, 9, 6), of(-6, 9, 91)]);
        let row = lists.row(0);
        let before: Vec<_> = row
            .lists()
            .iter()
            .map(|one| row.before_as_high(one).len())
            .collect();
        assert_eq!(before, [0, 0, 2, 0]);
    }

    #[test]
    fn rows_are_found_by_the_names_of_their_points() {
        let uri = |text: &str| wrapped(0x86, text.as_bytes());
        let point = |names: &[Vec<u8>]| {
            let full = wrapped(0xA0, &names.concat());
            MadeList::of("CA").scope(&[&wrapped(0xA0, &full)])
        };
        let other_key = extension(35, false, &[0x30, 3, 0x80, 1, 7]);
        let lists = lists(&[
            point(&[uri("a"), uri("b")]),
            point(&[uri("b")]),
            MadeList::of("CA"),
            MadeList::of("CA").with(other_key),
        ]);
        let named = |text: &str| lists.named(&GeneralName::Uri(text.as_bytes().into()));
        assert_eq!(named("a"), [0]);
        assert_eq!(named("b"), [0, 1]);
        assert!(named("c").is_empty());
        assert_eq!(lists.anywhere(), [2, 3]);
        assert_eq!(lists.row(3).authority_key(), Some(&[7][..]));
    }
}
