//! The index as services have it: with all its shards, and buckets as great as theirs.
#![allow(clippy::unwrap_used)]

mod beside;
mod generations;
mod many;
mod rows;
