//! An Extension (RFC 5280 4.2), of a certificate, a list, an entry of one or an OCSP response.

use crate::Unreadable;
use crate::octets::{BOOLEAN, Elements, IDENTIFIER, OCTET_STRING, SEQUENCE, boolean, identifier};

/// One extension, its value being what the OCTET STRING holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extension<'a> {
    /// Content octets of its OBJECT IDENTIFIER.
    pub(crate) oid: &'a [u8],
    /// DEFAULT FALSE; that it is written out is taken.
    pub(crate) critical: bool,
    pub(crate) value: &'a [u8],
}

impl<'a> Extension<'a> {
    fn read(content: &'a [u8]) -> Result<Self, Unreadable> {
        let mut parts = Elements::new(content);
        let oid = identifier(parts.expect(IDENTIFIER)?)?;
        let critical = match parts.optional(BOOLEAN)? {
            Some(element) => boolean(element.content)?,
            None => false,
        };
        let value = parts.expect(OCTET_STRING)?;
        parts.end()?;
        Ok(Self {
            oid,
            critical,
            value,
        })
    }
}

/// Acts on each extension of the SEQUENCE OF Extension whose content is given.
pub(crate) fn each<'a>(
    content: &'a [u8],
    mut act: impl FnMut(&Extension<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    const SHAPE: Unreadable = Unreadable::new("extensions", "must be a SEQUENCE of Extension");
    let mut all = Elements::new(content);
    while let Some(one) = all.next_if_any().map_err(|_| SHAPE)? {
        let extension = one.of(SEQUENCE).and_then(Extension::read);
        act(&extension.map_err(|_| SHAPE)?)?;
    }
    Ok(())
}
