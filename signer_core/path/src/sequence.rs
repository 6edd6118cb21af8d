//! Sequences read element by element, in one pass: `asn1`'s own `SequenceOf` reads all of them first
//! and then again.

use asn1::{Asn1Readable, ParseResult, SimpleAsn1Readable, Tag};

/// The content of a SEQUENCE, which is kept, or read element by element.
#[derive(Clone, Copy)]
pub(crate) struct Content<'a>(pub(crate) &'a [u8]);

impl<'a> SimpleAsn1Readable<'a> for Content<'a> {
    const TAG: Tag = <asn1::Sequence<'a> as SimpleAsn1Readable<'a>>::TAG;

    fn parse_data(data: &'a [u8]) -> ParseResult<Self> {
        Ok(Self(data))
    }
}

/// Acts on each element of a sequence's or set's content.
pub(crate) fn each<'a, T: Asn1Readable<'a>, E: From<asn1::ParseError>>(
    content: &'a [u8],
    mut act: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    asn1::parse(content, |parser| {
        while !parser.is_empty() {
            act(parser.read_element()?)?;
        }
        Ok(())
    })
}
