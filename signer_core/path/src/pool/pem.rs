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
    /// Unread; an error is of the armour alone.
    pub octets: Result<Vec<u8>, Unreadable>,
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
        let line = &after[..after.iter().position(is_line_end).unwrap_or(after.len())];
        let Some(label_end) = find(line, DASHES) else {
            // The next part is not this one's.
            self.rest = &after[line.len()..];
            return Some(Part {
                label: line,
                octets: Err(Unreadable::new("pem", "must have a whole BEGIN line")),
            });
        };
        let label = &line[..label_end];
        let body = after.get(label_end + DASHES.len()..).unwrap_or(&[]);
        let body_end = find(body, DASHES).unwrap_or(body.len());
        // A part that is cut short by the next one ends where that begins.
        self.rest = &body[body_end..];
        let whole = self.rest.starts_with(b"-----END ");
        Some(Part {
            label,
            octets: if whole {
                decode(&body[..body_end])
            } else {
                Err(Unreadable::new("pem", "must have an END line"))
            },
        })
    }
}

fn is_line_end(octet: &u8) -> bool {
    matches!(octet, b'\r' | b'\n')
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
    let first = *sought.first()?;
    let mut from = 0;
    loop {
        from += text.get(from..)?.iter().position(|octet| *octet == first)?;
        if text[from..].starts_with(sought) {
            return Some(from);
        }
        from += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<Vec<u8>>)> {
        parts(text.as_bytes())
            .unwrap()
            .map(|part| {
                let label = String::from_utf8_lossy(part.label).into_owned();
                (label, part.octets.ok())
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
}
