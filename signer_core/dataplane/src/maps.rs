//! Maps that an answer looks into several times.
//!
//! Their hashes cost a third of what the standard library's do. They are seeded at random for each
//! process. What strangers choose is bounded before it gets into one of these, and a map grows no
//! chains: whoever found numbers that meet would make it compare a little longer.

use std::collections::HashMap;

/// One of them.
pub type Map<K, V> = HashMap<K, V, foldhash::quality::RandomState>;
