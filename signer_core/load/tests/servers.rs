//! The generator against servers that are slow, wrong or gone.

#![allow(clippy::unwrap_used)] // A panic is the report.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use clap::Parser;
use load::Outcome;
use load::options::Options;
use load::prepared::Mix;
use load::run::run;
use load::tally::Tally;
use load::{picture, report};

const GOOD: &str = r#"{"kind":"good","method":"GET","target":"/x","answer":{"content_type":"a/b","holds":"R09PRA=="}}"#;
const RIGHT: &str = "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 4\r\n\r\nGOOD";

/// Answers each request on each connection with what `answer` makes of its number; nothing: the
/// connection ends.
fn server(answer: impl Fn(u64) -> Option<String> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (answer, numbers) = (Arc::new(answer), Arc::new(AtomicU64::new(0)));
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (answer, numbers) = (Arc::clone(&answer), Arc::clone(&numbers));
            thread::spawn(move || serve(stream, &numbers, &*answer));
        }
    });
    address
}

fn serve(mut stream: TcpStream, numbers: &AtomicU64, answer: &dyn Fn(u64) -> Option<String>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    while let Some(Ok(line)) = lines.next() {
        if !line.is_empty() {
            continue;
        }
        let number = numbers.fetch_add(1, Ordering::Relaxed);
        match answer(number) {
            // Whoever asked may have given up.
            Some(answer) if stream.write_all(answer.as_bytes()).is_ok() => {}
            _ => return,
        }
    }
}

fn options(address: SocketAddr, more: &[&str]) -> Options {
    let address = address.to_string();
    let given = ["openjpki-load", &address, "--requests", "-", "--quiet"];
    Options::try_parse_from(given.iter().chain(more)).unwrap()
}

fn loaded(address: SocketAddr, more: &[&str]) -> Outcome<Tally> {
    run(&options(address, more), Mix::parse(GOOD, &[])?)
}

/// Who would have asked while the server stood still waited too, though no connection was free to ask
/// on.
#[test]
fn a_server_that_stands_still_is_seen_by_all_who_would_have_asked() {
    let door = Mutex::new(());
    let address = server(move |number| {
        let _through = door.lock().unwrap_or_else(PoisonError::into_inner);
        if number == 100 {
            thread::sleep(Duration::from_secs(1));
        }
        Some(RIGHT.into())
    });
    let more = ["--rate", "200", "--seconds", "3", "--warm-up", "0"];
    let tally = loaded(address, &[&more[..], &["--connections", "4"]].concat()).unwrap();
    assert!(!tally.failed(), "{}", report::failures(&tally));
    assert_eq!(tally.answers(), 600);
    // Of 200 a second, those of its first half waited for at least the other half.
    let late = tally.latency.count_between(500_000_000, u64::MAX >> 1);
    assert!(late >= 90, "{late}");
    assert!(tally.latency.value_at_quantile(0.99) >= 900_000_000);
    // Each wait stands in the second in which it began.
    let seconds: Vec<_> = tally.each_second().collect();
    assert!(seconds.iter().all(|it| it.answers == 200), "{seconds:?}");
    assert!(seconds[0].latency.unwrap()[2] >= 990_000_000);
}

#[test]
fn without_a_rate_connections_are_kept_busy() {
    let address = server(|_| Some(RIGHT.into()));
    let more = ["--seconds", "1", "--warm-up", "0", "--connections", "3"];
    let tally = loaded(address, &more).unwrap();
    assert!(!tally.failed(), "{}", report::failures(&tally));
    assert_eq!(tally.opened, 3);
    assert_eq!(tally.kinds["good"], tally.answers());
}

#[test]
fn each_request_may_have_its_own_connection() {
    let address = server(|_| Some(RIGHT.into()));
    let more = ["--rate", "100", "--seconds", "0.5", "--warm-up", "0"];
    let tally = loaded(address, &[&more[..], &["--new-connections"]].concat()).unwrap();
    assert!(!tally.failed(), "{}", report::failures(&tally));
    assert_eq!((tally.answers(), tally.opened), (50, 50));
}

#[test]
fn one_wrong_answer_fails_the_run() {
    for (from, to, why) in [
        ("200 OK", "500 No", "status 500"),
        ("a/b", "a/c", "another content type"),
        ("GOOD", "NONE", "another answer"),
        ("Length: 4", "Length: 3", "more than its Content-Length"),
        ("Content-Length: 4\r\n", "", "no Content-Length"),
    ] {
        let wrong = RIGHT.replace(from, to);
        let address = server(move |number| {
            Some(if number == 10 {
                wrong.clone()
            } else {
                RIGHT.into()
            })
        });
        let more = ["--rate", "100", "--seconds", "0.5", "--warm-up", "0"];
        let tally = loaded(address, &more).unwrap();
        assert!(tally.failed(), "{why}");
        assert!(
            report::failures(&tally).contains(why),
            "{}",
            report::failures(&tally)
        );
        assert_eq!(tally.answers(), 49);
    }
}

#[test]
fn a_connection_that_ended_between_requests_is_opened_again() {
    // The first look is answered, and whoever opens a connection.
    let address = server(|number| (number == 0 || number % 2 == 1).then(|| RIGHT.into()));
    let more = [
        "--rate",
        "100",
        "--seconds",
        "0.5",
        "--warm-up",
        "0",
        "--connections",
        "1",
    ];
    let tally = loaded(address, &more).unwrap();
    assert!(!tally.failed(), "{}", report::failures(&tally));
    assert!(tally.sent_again > 0);
}

#[test]
fn what_is_never_answered_is_told() {
    let address = server(|number| {
        if number > 0 {
            loop {
                thread::park();
            }
        }
        Some(RIGHT.into())
    });
    let more = [
        "--rate",
        "50",
        "--seconds",
        "0.2",
        "--warm-up",
        "0",
        "--timeout",
        "0.3",
    ];
    let tally = loaded(address, &[&more[..], &["--connections", "1"]].concat()).unwrap();
    assert!(tally.failed());
    assert!(report::failures(&tally).contains("no answer in time"));
    // Also what was begun after the end, and still under way when no more was.
    let wrong: u64 = tally.wrong.values().sum();
    assert_eq!((wrong + tally.unsent, tally.under_way()), (10, 0));
}

#[test]
fn without_a_server_there_is_no_run() {
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let refused = loaded(gone, &[]).err().unwrap().to_string();
    assert!(refused.contains("nothing listens"), "{refused}");
    let wrong = server(|_| Some(RIGHT.replace("GOOD", "NONE")));
    let refused = loaded(wrong, &[]).err().unwrap().to_string();
    assert!(refused.contains("file of requests"), "{refused}");
}

/// One that speaks HTTP/2 alone. Its second connection, the first after the look, says goodbye with
/// the request of this number.
fn http2(goodbye: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let mut connections = 0;
            while let Ok((stream, _)) = listener.accept().await {
                connections += 1;
                let goodbye = (connections == 2).then_some(goodbye);
                tokio::spawn(async move {
                    let mut connection = h2::server::handshake(stream).await.unwrap();
                    let mut asked = 0;
                    while let Some(Ok((_, mut answer))) = connection.accept().await {
                        asked += 1;
                        if goodbye == Some(asked) {
                            connection.graceful_shutdown();
                        }
                        let head = http::Response::builder().header("content-type", "a/b");
                        let head = head.body(()).unwrap();
                        let mut body = answer.send_response(head, false).unwrap();
                        body.send_data(Bytes::from_static(b"GOOD"), true).unwrap();
                    }
                });
            }
        });
    });
    address
}

#[test]
fn http_2_has_several_requests_on_a_connection() {
    let more = ["--seconds", "1", "--warm-up", "0", "--connections", "2"];
    let more = [&more[..], &["--http", "http2", "--streams", "8"]].concat();
    let address = http2(u64::MAX);
    let tally = loaded(address, &more).unwrap();
    assert!(!tally.failed(), "{}", report::failures(&tally));
    assert_eq!(tally.opened, 2);
}

/// A server of gRPC whose calls end with this status; without one, they just end.
fn grpc(status: Option<&'static str>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut connection = h2::server::handshake(stream).await.unwrap();
                    while let Some(Ok((asked, mut answer))) = connection.accept().await {
                        assert_eq!(asked.headers()["te"], "trailers");
                        assert_eq!(asked.headers()["grpc-timeout"], "60S");
                        let head = http::Response::builder();
                        let head = head.header("content-type", "application/grpc");
                        let mut body = answer.send_response(head.body(()).unwrap(), false).unwrap();
                        let message = Bytes::from_static(b"\0\0\0\0\x04GOOD");
                        body.send_data(message, status.is_none()).unwrap();
                        if let Some(status) = status {
                            let mut trailers = http::HeaderMap::new();
                            trailers.insert("grpc-status", status.parse().unwrap());
                            body.send_trailers(trailers).unwrap();
                        }
                    }
                });
            }
        });
    });
    address
}

#[test]
fn a_call_must_end_well() {
    const CALL: &str = r#"{"kind":"call","method":"POST","target":"/a.B/C","content_type":"application/grpc","body":"AAAAAAA=","answer":{"content_type":"application/grpc","holds":"R09PRA=="}}"#;
    let more = ["--seconds", "0.2", "--warm-up", "0", "--http", "http2"];
    let called = |status| {
        run(
            &options(grpc(status), &more),
            Mix::parse(CALL, &[]).unwrap(),
        )
    };
    let tally = called(Some("0")).unwrap();
    assert!(!tally.failed(), "{}", report::failures(&tally));
    for (status, why) in [(Some("14"), "grpc-status 14"), (None, "no grpc-status")] {
        let refused = called(status).err().unwrap().to_string();
        assert!(refused.contains(why), "{refused}");
    }
}

#[test]
fn a_shared_connection_that_ended_is_opened_again_once_for_all() {
    let more = ["--rate", "400", "--seconds", "1", "--warm-up", "0"];
    let shared = ["--connections", "1", "--http", "http2", "--streams", "8"];
    let tally = loaded(http2(200), &[more, shared].concat()).unwrap();
    assert!(!tally.failed(), "{}", report::failures(&tally));
    assert_eq!((tally.answers(), tally.opened), (400, 2));
}

#[test]
fn a_run_is_told_and_drawn() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (told, drawn) = (folder.join("report.json"), folder.join("picture.svg"));
    let more = [
        "--rate",
        "200",
        "--to-rate",
        "400",
        "--seconds",
        "1",
        "--warm-up",
        "0",
    ];
    let files = ["--report", told.to_str().unwrap()];
    let address = server(|_| Some(RIGHT.into()));
    let options = options(address, &[more.as_slice(), &files].concat());
    let tally = run(&options, Mix::parse(GOOD, &[]).unwrap()).unwrap();
    report::write(&options, &tally).unwrap();
    picture::draw(&drawn, &options, &tally).unwrap();
    let read: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(told).unwrap()).unwrap();
    assert_eq!(read["answers"], tally.answers());
    assert!(read["latency"]["p99"].as_f64().unwrap() > 0.0);
    let counted: u64 = read["histogram"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it[1].as_u64().unwrap())
        .sum();
    assert_eq!(counted, tally.answers());
    assert!(std::fs::read_to_string(drawn).unwrap().contains("<svg"));
}
