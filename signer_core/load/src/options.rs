//! What is asked for on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Puts load on a server of status over HTTP and says what its clients see.
///
/// Without --rate it keeps every connection busy and so finds what the server can do. With --rate it
/// sends at fixed moments, whatever the server does, and counts each wait from the moment at which the
/// request was meant to be sent.
///
/// Of every answer the status, content type, octets and nonce are checked; signatures and times are not
/// verified. The exit code is 0 when all were right, 1 when any was wrong, lost or not
/// even asked for, 2 when there was no run.
#[derive(Debug, Clone, Parser)]
#[command(name = "openjpki-load", version)]
pub struct Options {
    /// Where the server listens, as ADDRESS:PORT.
    #[arg(value_name = "ADDRESS:PORT")]
    pub address: SocketAddr,

    /// Prepared requests: a JSON object a line, with `kind`, `method` (GET or POST), `target`,
    /// `body` (base64) and `content_type` for POST, `nonce_at` where so many octets of the body
    /// (`nonce_octets`, else 32) are to be new each time, and `answer`: its `content_type`, and
    /// `holds` (base64), octets that must be in it. A new nonce must be in the answer too. With the
    /// content type application/grpc, over HTTP/2, each is a call that must end well.
    #[arg(long, value_name = "FILE")]
    pub requests: PathBuf,

    /// Shares of the kinds, such as good=90,revoked=8,unknown=2. A kind's share is divided among its
    /// requests, and a kind without one is not asked. Without, every line is asked equally often.
    #[arg(long, value_name = "KIND=SHARE", value_delimiter = ',', value_parser = share)]
    pub mix: Vec<(String, u32)>,

    /// Requests a second. Without, connections are kept busy.
    #[arg(long, value_name = "RATE", value_parser = positive)]
    pub rate: Option<f64>,

    /// The rate rises (or falls) to this one, evenly, until the end.
    #[arg(long, value_name = "RATE", value_parser = positive, requires = "rate")]
    pub to_rate: Option<f64>,

    /// Seconds that are measured.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub seconds: Duration,

    /// Seconds before, at the first rate, of which nothing is counted.
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    pub warm_up: Duration,

    /// Connections.
    #[arg(long, value_name = "COUNT", default_value = "64", value_parser = clap::value_parser!(u16).range(1..))]
    pub connections: u16,

    /// Requests at once on each connection of HTTP/2.
    #[arg(long, value_name = "COUNT", default_value = "1", value_parser = clap::value_parser!(u16).range(1..))]
    pub streams: u16,

    /// A connection of its own for each request. Over TLS every handshake is a full one.
    #[arg(long)]
    pub new_connections: bool,

    /// What is spoken; HTTP/2 without TLS begins by itself, nothing is upgraded.
    #[arg(long, value_enum, default_value = "http1")]
    pub http: Http,

    /// Authorities that the server's certificate must come from, PEM. With it TLS 1.3 is spoken.
    #[arg(long, value_name = "FILE", requires = "server_name")]
    pub trust: Option<PathBuf>,

    /// The name in the server's certificate, and in the header Host.
    #[arg(long, value_name = "NAME")]
    pub server_name: Option<String>,

    /// The client's certificate, leaf first, PEM.
    #[arg(long, value_name = "FILE", requires = "key", requires = "trust")]
    pub certificate: Option<PathBuf>,

    /// Its key, PKCS#8, PEM.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub key: Option<PathBuf>,

    /// Seconds after which an answer counts as lost.
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,

    /// Begins the choice of requests and the nonces: the same number, the same choice.
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub seed: u64,

    /// Where the report goes, JSON; without, to standard output.
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Where a picture of the latencies goes, SVG.
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,

    /// Nothing on standard error while it runs.
    #[arg(long)]
    pub quiet: bool,
}

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Http {
    /// HTTP/1.1, one request at a time on a connection.
    Http1,
    /// HTTP/2.
    Http2,
}

impl Options {
    /// Requests that may be under way at once.
    #[must_use]
    pub fn at_once(&self) -> usize {
        let streams = match self.http {
            Http::Http1 => 1,
            Http::Http2 => self.streams,
        };
        usize::from(self.connections) * usize::from(streams)
    }
}

fn share(text: &str) -> Result<(String, u32), String> {
    let (kind, share) = text.split_once('=').ok_or("must be KIND=SHARE")?;
    let share = share
        .parse()
        .map_err(|_| "the share must be a whole number")?;
    Ok((kind.to_owned(), share))
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number <= 1e7 => Ok(number),
        _ => Err("must be above 0 and at most 10,000,000".into()),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("must be seconds, at most a day".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Options::command().debug_assert();
    }

    #[test]
    fn a_mix_is_read() {
        let given = ["openjpki-load", "127.0.0.1:80", "--requests", "it"];
        let mix = ["--mix", "good=90,revoked=8"];
        let options = Options::try_parse_from(given.iter().chain(&mix)).unwrap();
        assert_eq!(options.mix, [("good".into(), 90), ("revoked".into(), 8)]);
        for wrong in [["--mix", "good"], ["--rate", "0"], ["--to-rate", "9"]] {
            assert!(
                Options::try_parse_from(given.iter().chain(&wrong)).is_err(),
                "{wrong:?}"
            );
        }
    }
}
