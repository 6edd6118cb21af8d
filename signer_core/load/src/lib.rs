//! Puts load on a server of status over HTTP, and says what its clients then see.
//!
//! [`prepared`] reads what is asked and what each answer must hold. [`schedule`] says when requests are
//! meant to be sent, and [`line`] hands them to [`workers`] in time; without a rate, workers ask again
//! as soon as they are answered. [`connection`] speaks HTTP. [`tally`] keeps what was seen; [`report`]
//! and [`picture`] tell it.
//!
//! A latency begins when its request was meant to be sent, also where every connection was still
//! waiting then: a server that stands still for a second has all who would have asked in that second
//! wait, not only those who had asked already.
//!
//! HTTP/1.1 is written as octets and read with httparse, without a client's library between: the
//! less the generator does for a request, the more a server on another processor can be asked.
//!
//! Everything runs on one thread: two generators on two cores are two processes.
#![forbid(unsafe_code)]

pub mod connection;
pub mod line;
pub mod options;
pub mod picture;
pub mod prepared;
pub mod progress;
pub mod report;
pub mod run;
pub mod schedule;
pub mod tally;
pub mod workers;

/// What went wrong, in words for whoever started it, with what to do next.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
