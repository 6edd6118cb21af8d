//! The one message of a call, waited for no longer than it takes to send one.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::refusal::Refusal;

/// Before each message: whether it is packed, and its length.
const PREFIX: usize = 5;

/// Its octets; `most`: how many there may be.
pub(super) async fn one(
    body: &mut Incoming,
    most: usize,
    patience: Duration,
) -> Result<Bytes, Refusal> {
    let late = || {
        Refusal::new(
            "DEADLINE_EXCEEDED",
            "the call's message did not come in time",
        )
    };
    timeout(patience, read(body, most))
        .await
        .map_err(|_| late())?
}

async fn read(body: &mut Incoming, most: usize) -> Result<Bytes, Refusal> {
    let mut have = Bytes::new();
    let mut wanted = PREFIX;
    loop {
        if have.len() >= wanted {
            if wanted > PREFIX || length(&have, most)? == 0 {
                return Ok(have.slice(PREFIX..wanted));
            }
            wanted = PREFIX + length(&have, most)?;
            continue;
        }
        let Some(frame) = body.frame().await else {
            return Err(Refusal::new(
                "INVALID_FIELD",
                if have.is_empty() {
                    "the call carries no message"
                } else {
                    "the call ended within its message"
                },
            ));
        };
        let gone = |_| {
            Refusal::new(
                "CANCELLED",
                "the call was ended before its message was there",
            )
        };
        if let Ok(data) = frame.map_err(gone)?.into_data() {
            have = joined(have, data, wanted);
        }
    }
}

fn joined(have: Bytes, data: Bytes, wanted: usize) -> Bytes {
    if have.is_empty() {
        return data;
    }
    // Mostly there are two parts: what can be grown is grown.
    let mut grown = have.try_into_mut().unwrap_or_else(|have| {
        let mut grown = BytesMut::with_capacity(wanted.max(have.len() + data.len()));
        grown.extend_from_slice(&have);
        grown
    });
    grown.extend_from_slice(&data);
    grown.freeze()
}

fn length(have: &Bytes, most: usize) -> Result<usize, Refusal> {
    let mut prefix = &have[..PREFIX];
    if prefix.get_u8() != 0 {
        return Err(Refusal::new(
            "NOT_IMPLEMENTED",
            "messages are not taken compressed",
        ));
    }
    let length = prefix.get_u32() as usize;
    if length > most {
        let text = format!("Received message larger than max ({length} vs. {most})");
        return Err(Refusal::new("MESSAGE_TOO_LARGE", text));
    }
    Ok(length)
}
