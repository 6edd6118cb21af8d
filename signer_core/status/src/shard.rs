//! One part of an index: certificates whose keys begin alike.

use std::sync::Arc;

use super::base::Base;
use super::key::Key;
use super::news::News;
use super::record::{Generation, Record, Status};
use super::together::TOGETHER;

/// News for each certificate of the base, and for none, after which both are made into one: more
/// take more memory, fewer take more time.
const PER_NEWS: usize = 32;
/// The least for that, so that a small base is not made anew at each.
pub(super) const LEAST_NEWS: usize = if cfg!(test) { 4 } else { 48 };
/// The same while an index is filled, which nobody asks: its base is made a few times, and not a
/// hundred times, until it is of some size. All shards together take 17 MB for these.
pub(super) const LEAST_FILLING: usize = if cfg!(test) { 16 } else { 4096 };

#[derive(Default)]
pub(super) struct Shard {
    pub(super) base: Arc<Base>,
    pub(super) news: News,
}

impl Shard {
    pub(super) fn new(base: Base) -> Self {
        Self {
            base: Arc::new(base),
            news: News::default(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.base.count + self.news.added
    }

    pub(super) fn lookup(&self, key: &Key, generation: Option<Generation>) -> Status {
        let bucket = key.bucket(self.base.form.bits);
        let octets = self.base.bucket(self.base.place(bucket));
        self.find(octets, self.news.may_have(bucket), key, generation)
    }

    /// The status of whichever certificate has the key, a revoked one before a good one. News come
    /// first: they are the last word on a certificate that the base has too.
    #[inline(always)]
    pub(super) fn find(
        &self,
        bucket: &[u8],
        has_news: bool,
        key: &Key,
        generation: Option<Generation>,
    ) -> Status {
        let new = if has_news {
            self.news.find(key, generation)
        } else {
            Status::Unknown
        };
        match new {
            Status::Unknown => self.base.find(bucket, key, generation),
            // Another generation's may be revoked.
            Status::Good if generation.is_none() => match self.base.find(bucket, key, generation) {
                Status::Unknown => new,
                held => held,
            },
            _ => new,
        }
    }

    /// Takes in news of one certificate; whether there are so many that they should be merged, which
    /// are more than `least`.
    pub(super) fn update(&mut self, key: Key, news: Record, least: usize) -> bool {
        let generation = news.generation;
        let held = self.news.record(&key, generation);
        let held = held.or_else(|| self.base.record(&key, generation));
        let mut record = held.unwrap_or(news);
        record.update(news);
        let most = least.max(self.base.count / PER_NEWS);
        if held != Some(record) {
            // One turn's rows may come beyond those that are enough.
            let room = most + TOGETHER;
            self.news.put(self.base.form.bits, room, key, record);
            self.news.added += usize::from(held.is_none());
        }
        self.news.len() > most
    }

    pub(super) fn any_ended_before(&self, instant: i64) -> bool {
        self.base.earliest() < instant || self.news.any_ended_before(instant)
    }
}
