//! General names (RFC 5280 4.2.1.6).

use super::Name;
use crate::octets::{Element, Elements, IDENTIFIER, oid};
use crate::{Oid, Unreadable};

/// A `GeneralName`. Texts are octets as received: whether they are of their form is asked where
/// they are compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum GeneralName {
    /// otherName: its type, and the DER of its value.
    Other(Oid, Box<[u8]>),
    /// rfc822Name.
    Rfc822(Box<[u8]>),
    /// dNSName.
    Dns(Box<[u8]>),
    /// x400Address, content as received.
    X400(Box<[u8]>),
    /// directoryName.
    Directory(Name),
    /// ediPartyName, content as received.
    EdiParty(Box<[u8]>),
    /// uniformResourceIdentifier.
    Uri(Box<[u8]>),
    /// iPAddress; in a constraint with its mask.
    Ip(Box<[u8]>),
    /// registeredID.
    Registered(Oid),
}

/// The same as it stands in octets: for structures that hold general names.
pub(crate) enum Parsed<'a> {
    /// otherName: its type, and the DER of its value.
    Other(Oid, &'a [u8]),
    Rfc822(&'a [u8]),
    Dns(&'a [u8]),
    X400(&'a [u8]),
    /// Of whatever type: whether it is a name is asked where one is made of it.
    Directory(&'a [u8]),
    EdiParty(&'a [u8]),
    Uri(&'a [u8]),
    Ip(&'a [u8]),
    Registered(Oid),
}

impl<'a> Parsed<'a> {
    pub(crate) fn read(element: &Element<'a>) -> Result<Self, Unreadable> {
        let content = element.content;
        Ok(match element.tag {
            0xA0 => {
                let mut parts = Elements::new(content);
                let kind = oid(parts.expect(IDENTIFIER)?)?;
                let value = one(parts.expect(0xA0)?)?;
                parts.end()?;
                Self::Other(kind, value)
            }
            0x81 => Self::Rfc822(content),
            0x82 => Self::Dns(content),
            0xA3 => Self::X400(content),
            0xA4 => Self::Directory(one(content)?),
            0xA5 => Self::EdiParty(content),
            0x86 => Self::Uri(content),
            0x87 => Self::Ip(content),
            0x88 => Self::Registered(oid(content)?),
            _ => return Err(Unreadable::new("generalName", "is of no form of RFC 5280")),
        })
    }
}

/// The one element that the octets are, whatever its tag.
fn one(octets: &[u8]) -> Result<&[u8], Unreadable> {
    let mut elements = Elements::new(octets);
    let whole = elements.any()?.whole;
    elements.end()?;
    Ok(whole)
}

/// Acts on each of the GeneralNames whose content is given.
pub(crate) fn each_general_name<'a>(
    content: &'a [u8],
    mut act: impl FnMut(Parsed<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut elements = Elements::new(content);
    while let Some(element) = elements.any_if_any()? {
        act(Parsed::read(&element)?)?;
    }
    Ok(())
}

/// The GeneralNames whose content is given.
pub(crate) fn general_names(content: &[u8]) -> Result<Vec<GeneralName>, Unreadable> {
    let mut names = Vec::new();
    each_general_name(content, |name| {
        names.push(name.try_into()?);
        Ok(())
    })?;
    Ok(names)
}

impl TryFrom<Parsed<'_>> for GeneralName {
    type Error = Unreadable;

    fn try_from(parsed: Parsed<'_>) -> Result<Self, Unreadable> {
        Ok(match parsed {
            Parsed::Other(kind, value) => Self::Other(kind, value.into()),
            Parsed::Rfc822(text) => Self::Rfc822(text.into()),
            Parsed::Dns(text) => Self::Dns(text.into()),
            Parsed::X400(content) => Self::X400(content.into()),
            Parsed::Directory(name) => Self::Directory(Name::read(name)?),
            Parsed::EdiParty(content) => Self::EdiParty(content.into()),
            Parsed::Uri(text) => Self::Uri(text.into()),
            Parsed::Ip(octets) => Self::Ip(octets.into()),
            Parsed::Registered(kind) => Self::Registered(kind),
        })
    }
}
