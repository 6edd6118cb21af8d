//! The one message of a call, waited for no longer than it takes to send one.

use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::time::timeout;

use super::refusal::Refusal;

/// Before each message: whether it is packed, and its length.
const PREFIX: usize = 5;

/// Its octets; `most`: how many there may be.
pub(super) async fn one<B>(body: &mut B, most: usize, patience: Duration) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
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

async fn read<B>(body: &mut B, most: usize) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes> + Unpin,
{
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
        let gone = || {
            Refusal::new(
                "CANCELLED",
                "the call was ended before its message was there",
            )
        };
        if let Ok(data) = frame.map_err(|_| gone())?.into_data() {
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
        let text = "the message is larger than allowed";
        return Err(Refusal::new("MESSAGE_TOO_LARGE", text));
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;
    use proptest::prelude::*;

    use super::*;

    const MOST: usize = 64;
    const LONG: Duration = Duration::from_secs(60);

    /// What comes, in these pieces; then the end, or nothing for ever.
    struct Pieces(VecDeque<Vec<u8>>, bool);

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match (self.0.pop_front(), self.1) {
                (Some(piece), _) => Poll::Ready(Some(Ok(Frame::data(piece.into())))),
                (None, true) => Poll::Ready(None),
                (None, false) => Poll::Pending,
            }
        }
    }

    fn framed(packed: u8, message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [&[packed], &length[..], message].concat()
    }

    fn cut(octets: &[u8], at: &[usize]) -> VecDeque<Vec<u8>> {
        let mut cuts: Vec<_> = at.iter().map(|it| it % (octets.len() + 1)).collect();
        cuts.extend([0, octets.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|it| octets[it[0]..it[1]].to_vec());
        pieces.collect()
    }

    async fn reason(pieces: VecDeque<Vec<u8>>, patience: Duration, ends: bool) -> &'static str {
        let read = one(&mut Pieces(pieces, ends), MOST, patience).await;
        read.err().map_or("OK", |refusal| refusal.reason)
    }

    proptest! {
        #[test]
        fn however_it_is_cut(
            message in prop::collection::vec(any::<u8>(), 0..=MOST),
            more in prop::collection::vec(any::<u8>(), 0..20),
            at in prop::collection::vec(any::<usize>(), 0..8),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
            let pieces = cut(&[framed(0, &message), more].concat(), &at);
            let read = runtime.unwrap().block_on(async {
                one(&mut Pieces(pieces, false), MOST, LONG).await.ok()
            });
            prop_assert_eq!(read, Some(Bytes::from(message)));
        }
    }

    #[tokio::test]
    async fn what_is_no_message_is_refused() {
        let whole = framed(0, &[7; MOST]);
        assert_eq!(reason([].into(), LONG, true).await, "INVALID_FIELD");
        for length in 1..whole.len() {
            let pieces = cut(&whole[..length], &[]);
            assert_eq!(reason(pieces, LONG, true).await, "INVALID_FIELD");
        }
        let packed = cut(&framed(1, b"it"), &[2]);
        assert_eq!(reason(packed, LONG, false).await, "NOT_IMPLEMENTED");
        // By its length alone: nothing of it is waited for.
        let large = cut(&framed(0, &[7; MOST + 1])[..PREFIX], &[]);
        assert_eq!(reason(large, LONG, false).await, "MESSAGE_TOO_LARGE");
        let late = cut(&whole[..9], &[]);
        let patience = Duration::from_millis(1);
        assert_eq!(reason(late, patience, false).await, "DEADLINE_EXCEEDED");
    }
}
