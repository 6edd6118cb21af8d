//! One run, from the first look at the server to the last answer.

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::rc::Rc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::runtime::Builder;
use tokio::task::LocalSet;
use tokio::time::{sleep_until, timeout};

use crate::Outcome;
use crate::connection::{Failed, Opens};
use crate::line::Line;
use crate::options::{Http, Options};
use crate::prepared::Mix;
use crate::progress;
use crate::schedule::Schedule;
use crate::tally::Tally;
use crate::workers::{Common, Work};

/// The least patience of the first look, whatever `--timeout` says: a server that has just been started
/// may take longer for its first answer than for any other.
const FIRST_LOOK: Duration = Duration::from_secs(10);

/// Puts the load on.
///
/// # Errors
/// When there is no server that answers one request of each kind rightly.
pub fn run(options: &Options, mix: Mix) -> Outcome<Tally> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, measured(options, mix))
}

async fn measured(options: &Options, mix: Mix) -> Outcome<Tally> {
    let opens = Opens::new(options)?;
    look(options, &opens, &mix).await?;
    let begin = Instant::now();
    let counts_from = begin + options.warm_up;
    let counts_until = counts_from + options.seconds;
    let work = Rc::new(Work {
        mix,
        tally: RefCell::default(),
        opens,
        new_connections: options.new_connections,
        timeout: options.timeout,
        random: RefCell::new(Rng::with_seed(options.seed)),
        counts_from,
        counts_until,
        over: Cell::new(false),
    });
    let line = Rc::new(Line::default());
    let mut workers = Vec::new();
    for _ in 0..options.connections {
        let streams = options.at_once() / usize::from(options.connections);
        let common = Rc::<Common>::default();
        for _ in 0..streams {
            let (work, line, common) = (Rc::clone(&work), Rc::clone(&line), Rc::clone(&common));
            let has_rate = options.rate.is_some();
            workers.push(tokio::task::spawn_local(async move {
                if has_rate {
                    work.by_the_line(&line, &common).await;
                } else {
                    work.without_rest(&common).await;
                }
            }));
        }
    }
    let watched = progress::watch(options, &work, &line);
    match options.rate {
        Some(rate) => {
            let to = options.to_rate.unwrap_or(rate);
            let schedule = Schedule::new(rate, to, options.warm_up, options.seconds);
            tokio::join!(line.keep(&schedule, begin), watched);
        }
        None => {
            tokio::join!(sleep_until(counts_until.into()), watched);
            work.over.set(true);
        }
    }
    let mut all = pin!(async {
        for worker in workers {
            let _ = worker.await;
        }
    });
    // With a rate, what is due is still asked; who has waited in vain for so long never will be.
    let patience = options.timeout + Duration::from_secs(1);
    if timeout(patience, all.as_mut()).await.is_err() {
        work.tally.borrow_mut().unsent += line.drop_due() as u64;
        // What was begun meanwhile has its own time, so that it too is counted.
        all.await;
    }
    let mut tally = work.tally.take();
    tally.seconds = options.seconds.as_secs_f64();
    Ok(tally)
}

/// One request of each kind, so that a mistake is told before there is any load.
async fn look(options: &Options, opens: &Opens, mix: &Mix) -> Outcome<()> {
    let address = options.address;
    let mut random = Rng::with_seed(options.seed);
    for prepared in mix.one_of_each() {
        let looked = async {
            let mut link = opens.open().await.map_err(|error| match error.kind() {
                std::io::ErrorKind::ConnectionRefused => {
                    format!("nothing listens at {address}; start the server, or say another address")
                }
                _ => format!("{address}: {error}; see whether it speaks TLS, with which certificates, and which HTTP"),
            })?;
            let answer = link.exchange(&prepared.ask(&mut random)).await;
            answer.map_err(|failed| match failed {
                Failed::Wrong(why) => format!("{why} at {address}; see whether the file of requests was made for this server"),
                Failed::Ended(error) | Failed::Lost(error) => {
                    let http = match options.http {
                        Http::Http1 => "HTTP/1.1",
                        Http::Http2 => "HTTP/2",
                    };
                    format!("{address} does not answer over {http}: {error}; see --http, --trust and --certificate")
                }
            })
        };
        match timeout(options.timeout.max(FIRST_LOOK), looked).await {
            Ok(looked) => looked?,
            Err(_) => return Err(format!("{address} does not answer; see --timeout").into()),
        }
    }
    Ok(())
}
