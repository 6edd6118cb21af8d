//! What all threads of a process share, made once, and never taken over by a forked child.
//!
//! Everything here is about the process; nothing knows what the threads work on.
#![forbid(unsafe_code)]

mod per_process;
mod pool;

pub use per_process::PerProcess;
pub use pool::{NoThreads, pool_size, with_pool};
