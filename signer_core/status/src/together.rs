//! Many look-ups at once.
//!
//! First where each one's bucket is, then its memory, then what stands in it: each step is so short
//! that the processor has many of them waiting for memory at the same time, which is where the time
//! goes.

use super::key::{Key, SHARDS};
use super::record::Status;
use super::shard::Shard;

/// Look-ups whose memory is asked for at the same time.
pub(super) const TOGETHER: usize = 64;

/// The status of each key in turn, of at most [`TOGETHER`].
#[inline]
pub(super) fn find(shards: &[Shard; SHARDS], keys: &[Option<Key>], mut told: impl FnMut(Status)) {
    let mut places = [const { (0..0, false) }; TOGETHER];
    for (place, key) in places.iter_mut().zip(keys) {
        if let Some(key) = key {
            let shard = &shards[key.shard()];
            let bucket = key.bucket(shard.base.form.bits);
            *place = (shard.base.place(bucket), shard.news.may_have(bucket));
        }
    }
    let mut buckets = [&[][..]; TOGETHER];
    for ((bucket, key), (place, _)) in buckets.iter_mut().zip(keys).zip(&places) {
        if let Some(key) = key {
            *bucket = shards[key.shard()].base.bucket(place.clone());
        }
    }
    // An octet of each line, which brings it near.
    let touched = buckets[..keys.len()].iter().fold(0, |touched, bucket| {
        let octet = |at: usize| bucket.get(at).copied().unwrap_or_default();
        touched ^ octet(0) ^ octet(64) ^ octet(bucket.len().saturating_sub(1))
    });
    std::hint::black_box(touched);
    for ((key, bucket), (_, has_news)) in keys.iter().zip(buckets).zip(places) {
        told(key.as_ref().map_or(Status::Unknown, |key| {
            shards[key.shard()].find(bucket, has_news, key, None)
        }));
    }
}
