//! The parts of a PEM text (RFC 7468), as files in the field have them: with text before, between
//! and after them, a byte order mark, either line ending, lines of any length.

use base64ct::{Base64, Encoding};

use crate::Unreadable;
use crate::octets::{Elements, SEQUENCE};

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// One part: its label and what it holds, or why it holds nothing.
pub struct Part<'a> {
    /// What the part says that it is.
    pub label: &'a [u8],
    body: Result<&'a [u8], Unreadable>,
}

impl Part<'_> {
    /// What it holds, unread.
    ///
    /// # Errors
    /// Of the armour alone.
    pub fn octets(&self) -> Result<Vec<u8>, Unreadable> {
        decode(self.body?)
    }
}

/// The parts of a text, in order; nothing where the octets are one DER object, which may hold anything,
/// the lines of a part too. Text may begin with the character whose octet begins DER.
#[must_use]
pub fn parts(octets: &[u8]) -> Option<Parts<'_>> {
    (!is_one_element(octets)).then_some(Parts { rest: octets })
}

fn is_one_element(octets: &[u8]) -> bool {
    let mut elements = Elements::new(octets);
    elements
        .next_element()
        .is_ok_and(|element| element.tag == SEQUENCE && elements.is_empty())
}

/// What [`parts`] gives.
pub struct Parts<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        let begin = find(self.rest, BEGIN)?;
        let after = &self.rest[begin + BEGIN.len()..];
        // What is looked at is passed over: a text of many parts that are none costs its length.
        let (label, after_label) = after.split_at(label_end(after));
        let Some(body) = after_label.strip_prefix(DASHES) else {
            // The next part is not this one's.
            self.rest = after_label;
            return Some(Part {
                label,
                body: Err(Unreadable::new("pem", "must have a whole BEGIN line")),
            });
        };
        let (body, rest) = body.split_at(find(body, DASHES).unwrap_or(body.len()));
        // A part that is cut short by the next one ends where that begins.
        self.rest = rest;
        Some(Part {
            label,
            body: if rest.starts_with(b"-----END ") {
                Ok(body)
            } else {
                Err(Unreadable::new("pem", "must have an END line"))
            },
        })
    }
}

/// Where the dashes behind a label are, or the line ends without any.
fn label_end(text: &[u8]) -> usize {
    first(
        text,
        |octet| matches!(octet, b'-' | b'\r' | b'\n'),
        |from| from[0] != b'-' || from.starts_with(DASHES),
    )
    .unwrap_or(text.len())
}

fn decode(body: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let fault = Unreadable::new("pem", "must be base64");
    let digits: Vec<u8> = body
        .iter()
        .copied()
        .filter(|octet| !octet.is_ascii_whitespace())
        .collect();
    let digits = std::str::from_utf8(&digits).map_err(|_| fault)?;
    Base64::decode_vec(digits).map_err(|_| fault)
}

fn find(text: &[u8], sought: &[u8]) -> Option<usize> {
    let begins = *sought.first()?;
    first(
        text,
        |octet| octet == begins,
        |from| from.starts_with(sought),
    )
}

/// The first place whose octet may be it and from which on it is it.
fn first(text: &[u8], may: impl Fn(u8) -> bool, is: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let mut from = 0;
    loop {
        let next = text[from..].iter().position(|octet| may(*octet));
        #[cfg(test)]
        tests::count(next.map_or(text.len() - from, |passed| passed + 1));
        from += next?;
        if is(&text[from..]) {
            return Some(from);
        }
        from += 1;
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static LOOKED_AT: Cell<usize> = const { Cell::new(0) };
    }

    /// Octets that were looked at for what begins with them.
    pub(super) fn count(octets: usize) {
        LOOKED_AT.set(LOOKED_AT.get() + octets);
    }

    fn read(text: &str) -> Vec<(String, Option<Vec<u8>>)> {
        parts(text.as_bytes())
            .unwrap()
            .map(|part| {
                let label = String::from_utf8_lossy(part.label).into_owned();
                (label, part.octets().ok())
            })
            .collect()
    }

    #[test]
    fn text_around_parts_does_not_matter() {
        let text = "\u{feff}subject=CN = x\r\n-----BEGIN A-----\r\nMAA=\r\n-----END A-----\r\n\
                    between -- these\n-----BEGIN B-----\nMA\n A=\n-----END B-----";
        let whole = vec![0x30, 0x00];
        assert_eq!(
            read(text),
            [
                ("A".to_owned(), Some(whole.clone())),
                ("B".to_owned(), Some(whole)),
            ]
        );
    }

    #[test]
    fn one_object_of_der_is_no_text_whatever_it_holds() {
        let part = b"-----BEGIN A-----\nMAA=\n-----END A-----\n";
        let object = crate::octets::wrapped(SEQUENCE, part);
        assert!(parts(&object).is_none());
        assert_eq!(parts(&object[1..]).unwrap().count(), 1);
        // A text may begin with a digit nought, and what follows be an octet of any encoding.
        assert_eq!(
            parts(&[b"0\x82\xa0\n", &part[..]].concat())
                .unwrap()
                .count(),
            1
        );
    }

    #[test]
    fn a_broken_part_ends_nothing_but_itself() {
        let text = "-----BEGIN A-----\nMAA=\n-----BEGIN B-----\n%%\n-----END B-----\n\
                    -----BEGIN C-----\nMAA=\n-----END C-----\n-----BEGIN D";
        let labels: Vec<_> = read(text);
        assert_eq!(labels.len(), 4);
        assert_eq!(labels[0], ("A".to_owned(), None));
        assert_eq!(labels[1], ("B".to_owned(), None));
        assert_eq!(labels[2], ("C".to_owned(), Some(vec![0x30, 0x00])));
        assert_eq!(labels[3], ("D".to_owned(), None));
    }

    #[test]
    fn a_line_that_only_begins_like_one_takes_no_part_with_it() {
        let text = "-----BEGIN of the file\r\n-----BEGIN A-----\nMAA=\n-----END A-----\n\
                    -----BEGIN CERTIFICATE\n-----BEGIN B-----\nMAA=\n-----END B-----";
        let whole = Some(vec![0x30, 0x00]);
        assert_eq!(
            read(text),
            [
                ("of the file".to_owned(), None),
                ("A".to_owned(), whole.clone()),
                ("CERTIFICATE".to_owned(), None),
                ("B".to_owned(), whole),
            ]
        );
    }

    #[test]
    fn no_text_is_looked_at_more_than_twice() {
        let of_parts = [
            "-----BEGIN ",
            "-----BEGIN A-",
            "-----BEGIN A-----",
            "-----BEGIN A\r",
        ];
        let of_lines = [
            "-----BEGIN A-----\nMAA=\n-----END A-----\n",
            "----",
            "A\n",
            "-----",
        ];
        for many in of_parts.into_iter().chain(of_lines) {
            for first in ["", "-----BEGIN ", "-----BEGIN A-----"] {
                let text = [first, &many.repeat(1000)].concat();
                LOOKED_AT.set(0);
                parts(text.as_bytes()).unwrap().for_each(drop);
                let looked_at = LOOKED_AT.get();
                assert!(looked_at <= 2 * text.len(), "{looked_at}: {first}{many}…");
            }
        }
    }

    #[test]
    fn the_first_part_is_had_without_those_behind() {
        let part = "-----BEGIN A-----\nMAA=\n-----END A-----\n";
        let text = part.repeat(1000);
        LOOKED_AT.set(0);
        assert!(parts(text.as_bytes()).unwrap().next().is_some());
        assert!(LOOKED_AT.get() <= part.len());
    }
}
