//! What is asked, and what its answer must hold: read from a file, a JSON object a line.

use std::collections::BTreeMap;
use std::path::Path;

use base64ct::{Base64, Encoding};
use bytes::Bytes;
use fastrand::Rng;
use memchr::memmem::{self, Finder};
use serde::Deserialize;

use crate::Outcome;

const NONCE: usize = 32;
const GRPC: &str = "application/grpc";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    kind: String,
    method: Method,
    target: String,
    #[serde(default)]
    content_type: String,
    #[serde(default)]
    body: String,
    nonce_at: Option<usize>,
    #[serde(default = "nonce_octets")]
    nonce_octets: usize,
    answer: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    content_type: String,
    holds: String,
}

fn nonce_octets() -> usize {
    NONCE
}

/// How it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// In the target.
    Get,
    /// In the body.
    Post,
}

/// A request that can be sent as often as one likes.
#[derive(Debug)]
pub struct Prepared {
    /// What counts call it.
    pub kind: String,
    /// GET or POST.
    pub method: Method,
    /// Path and query.
    pub target: String,
    /// Of the body; empty for GET.
    pub content_type: String,
    body: Vec<u8>,
    nonce: Option<std::ops::Range<usize>>,
    answer_type: String,
    holds: Finder<'static>,
}

/// One sending of it.
#[derive(Debug)]
pub struct Asked<'a> {
    /// What is sent.
    pub prepared: &'a Prepared,
    /// With a nonce of its own.
    pub body: Bytes,
}

impl Prepared {
    fn read(line: Line) -> Result<Self, &'static str> {
        let body = Base64::decode_vec(&line.body).map_err(|_| "`body` must be base64")?;
        let holds = Base64::decode_vec(&line.answer.holds);
        let holds = holds.map_err(|_| "`answer.holds` must be base64")?;
        if holds.is_empty() {
            return Err("`answer.holds` must not be empty: else any answer would be right");
        }
        if !line.target.starts_with('/') || line.target.contains(|it: char| !it.is_ascii_graphic())
        {
            return Err("`target` must begin with / and have neither spaces nor what is not ASCII");
        }
        if (line.method == Method::Get) != (body.is_empty() && line.content_type.is_empty()) {
            return Err("`body` and `content_type` go with POST, and with nothing else");
        }
        let nonce = line.nonce_at.map(|at| at..at + line.nonce_octets);
        if nonce
            .as_ref()
            .is_some_and(|it| body.get(it.clone()).is_none())
        {
            return Err("`nonce_at` must leave room for `nonce_octets` within `body`");
        }
        Ok(Self {
            kind: line.kind,
            method: line.method,
            target: line.target,
            content_type: line.content_type,
            body,
            nonce,
            answer_type: line.answer.content_type,
            holds: Finder::new(&holds).into_owned(),
        })
    }

    /// Whether it is a call of gRPC.
    #[must_use]
    pub fn is_grpc(&self) -> bool {
        self.content_type == GRPC
    }

    /// To be sent now.
    #[must_use]
    pub fn ask(&self, random: &mut Rng) -> Asked<'_> {
        let mut body = self.body.clone();
        if let Some(nonce) = self.nonce.clone().and_then(|it| body.get_mut(it)) {
            random.fill(nonce);
        }
        Asked {
            prepared: self,
            body: body.into(),
        }
    }
}

impl Asked<'_> {
    /// Whether this answers it.
    ///
    /// # Errors
    /// Why not, the same words each time.
    pub fn check(&self, status: u16, content_type: &[u8], body: &[u8]) -> Result<(), String> {
        let prepared = self.prepared;
        if status != 200 {
            return Err(format!("{}: status {status}", prepared.kind));
        }
        if !content_type.eq_ignore_ascii_case(prepared.answer_type.as_bytes()) {
            return Err(format!("{}: another content type", prepared.kind));
        }
        if prepared.holds.find(body).is_none() {
            return Err(format!("{}: another answer", prepared.kind));
        }
        let nonce = prepared.nonce.clone().and_then(|it| self.body.get(it));
        if nonce.is_some_and(|nonce| memmem::find(body, nonce).is_none()) {
            return Err(format!("{}: another nonce", prepared.kind));
        }
        Ok(())
    }

    /// Whether a call of gRPC ended well: by the status behind its answer.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn check_grpc(&self, status: Option<&[u8]>) -> Result<(), String> {
        let kind = &self.prepared.kind;
        match status {
            Some(b"0") => Ok(()),
            Some(status) => Err(format!("{kind}: grpc-status {}", status.escape_ascii())),
            None => Err(format!("{kind}: no grpc-status")),
        }
    }
}

/// All that is asked, in shares.
#[derive(Debug)]
pub struct Mix {
    kinds: Vec<(u64, Vec<Prepared>)>,
    total: u64,
}

impl Mix {
    /// Of a file, with the shares of its kinds; without any, each line has the same.
    ///
    /// # Errors
    /// When the file can't be read, has a line that is no request, or none of a kind that has a share.
    pub fn read(path: &Path, shares: &[(String, u32)]) -> Outcome<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("--requests {}: {error}", path.display()))?;
        Self::parse(&text, shares)
            .map_err(|why| format!("--requests {}: {why}", path.display()).into())
    }

    /// Of its text.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str, shares: &[(String, u32)]) -> Result<Self, String> {
        let mut found: BTreeMap<String, Vec<Prepared>> = BTreeMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let read: Line =
                serde_json::from_str(line).map_err(|error| format!("line {number}: {error}"))?;
            let read = Prepared::read(read).map_err(|why| format!("line {number}: {why}"))?;
            found.entry(read.kind.clone()).or_default().push(read);
        }
        let kinds: Vec<_> = if shares.is_empty() {
            let all = found.into_values();
            all.map(|requests| (requests.len() as u64, requests))
                .collect()
        } else {
            let mut kinds = Vec::new();
            for (kind, share) in shares.iter().filter(|(_, share)| *share > 0) {
                let there: Vec<_> = found.keys().cloned().collect();
                let requests = found.remove(kind).ok_or_else(|| {
                    format!("--mix names {kind:?}; the file has {}", there.join(", "))
                })?;
                kinds.push((u64::from(*share), requests));
            }
            kinds
        };
        let total = kinds.iter().map(|(share, _)| share).sum();
        if total == 0 {
            return Err("there is no request to send".into());
        }
        Ok(Self { kinds, total })
    }

    /// The next one.
    pub fn choose(&self, random: &mut Rng) -> &Prepared {
        let mut at = random.u64(..self.total);
        for (share, requests) in &self.kinds {
            match at.checked_sub(*share) {
                Some(rest) => at = rest,
                None => return &requests[random.usize(..requests.len())],
            }
        }
        unreachable!("the shares are the total")
    }

    /// One of each kind.
    pub fn one_of_each(&self) -> impl Iterator<Item = &Prepared> {
        self.kinds
            .iter()
            .filter_map(|(_, requests)| requests.first())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"kind":"good","method":"POST","target":"/","content_type":"a/b","body":"AAAAAAAAAAA=","nonce_at":2,"nonce_octets":4,"answer":{"content_type":"c/d","holds":"R09PRA=="}}"#;
    const UNKNOWN: &str = r#"{"kind":"unknown","method":"GET","target":"/x","answer":{"content_type":"c/d","holds":"Tk9ORQ=="}}"#;

    fn mix(shares: &[(&str, u32)]) -> Result<Mix, String> {
        let shares: Vec<_> = shares.iter().map(|(it, n)| ((*it).into(), *n)).collect();
        Mix::parse(&format!("{GOOD}\n\n{UNKNOWN}\n"), &shares)
    }

    #[test]
    fn kinds_have_their_shares() {
        let mut random = Rng::with_seed(1);
        for (shares, good) in [(&[][..], 5000), (&[("good", 9), ("unknown", 1)], 9000)] {
            let mix = mix(shares).unwrap();
            let chosen = (0..10_000).filter(|_| mix.choose(&mut random).kind == "good");
            assert!(chosen.count().abs_diff(good) < 300);
        }
        let only = mix(&[("good", 0), ("unknown", 1)]).unwrap();
        assert_eq!(only.one_of_each().count(), 1);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(
            mix(&[("revoked", 1)])
                .unwrap_err()
                .contains("good, unknown")
        );
        assert!(mix(&[("good", 0)]).is_err());
        assert!(Mix::parse("{}", &[]).unwrap_err().starts_with("line 1: "));
        let edits = [
            (r#""nonce_at":2"#, r#""nonce_at":7"#),
            (r#""body":"AAAAAAAAAAA=""#, r#""body":"?""#),
            ("R09PRA==", ""),
            ("POST", "GET"),
            (r#""target":"/""#, r#""target":"/ HTTP""#),
        ];
        for (from, to) in edits {
            assert!(Mix::parse(&GOOD.replace(from, to), &[]).is_err(), "{to}");
        }
    }

    #[test]
    fn an_answer_is_checked_in_every_part() {
        let mix = mix(&[("good", 1)]).unwrap();
        let mut random = Rng::with_seed(1);
        let prepared = mix.choose(&mut random);
        let asked = prepared.ask(&mut random);
        let right = [b"it is GOOD ", &asked.body[2..6]].concat();
        assert_eq!(asked.check(200, b"C/D", &right), Ok(()));
        assert!(asked.check(500, b"c/d", &right).is_err());
        assert!(asked.check(200, b"c/e", &right).is_err());
        assert!(asked.check(200, b"c/d", &right[3..]).is_ok());
        assert!(asked.check(200, b"c/d", &right[7..]).is_err());
        assert!(asked.check(200, b"c/d", b"it is GOOD").is_err());
    }

    #[test]
    fn each_sending_has_its_own_nonce() {
        let mix = mix(&[("good", 1)]).unwrap();
        let mut random = Rng::with_seed(1);
        let prepared = mix.choose(&mut random);
        let (first, second) = (prepared.ask(&mut random), prepared.ask(&mut random));
        assert_ne!(first.body, second.body);
        assert_eq!(first.body[..2], second.body[..2]);
        assert_eq!(first.body[6..], second.body[6..]);
    }
}
