//! General names (RFC 5280 4.2.1.6).

use super::Name;
use super::name::MOST_PREPARED;
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

impl GeneralName {
    /// Looks that finding it in a table takes.
    pub(crate) fn looks(&self) -> usize {
        match self {
            Self::Directory(name) => name.looks(),
            Self::Rfc822(octets)
            | Self::Dns(octets)
            | Self::X400(octets)
            | Self::EdiParty(octets)
            | Self::Uri(octets)
            | Self::Ip(octets)
            | Self::Other(_, octets) => 1 + octets.len() / 128,
            Self::Registered(_) => 1,
        }
    }
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
    general_names_at_most(content, usize::MAX)
}

/// The same where more than so many are not read: for what names are compared with each time.
pub(crate) fn general_names_at_most(
    content: &[u8],
    most: usize,
) -> Result<Vec<GeneralName>, Unreadable> {
    let mut names = Vec::new();
    let mut room = MOST_PREPARED;
    each_general_name(content, |name| {
        if names.len() == most {
            return Err(Unreadable::new(
                "generalNames",
                "has more names than are compared",
            ));
        }
        names.push(name.kept(&mut room)?);
        Ok(())
    })?;
    Ok(names)
}

/// The directory names among the first few of the GeneralNames whose content is given, as far as they
/// can be read.
pub(crate) fn first_directories(content: &[u8]) -> Vec<Name> {
    const FEW: usize = 8;
    let mut elements = Elements::new(content);
    let few = std::iter::from_fn(|| elements.any().ok()).take(FEW);
    few.filter_map(|element| match Parsed::read(&element).ok()? {
        Parsed::Directory(der) => Name::read(der).ok(),
        _ => None,
    })
    .collect()
}

impl Parsed<'_> {
    /// The same by itself. What directory names of one structure hold is taken from one `room`.
    pub(crate) fn kept(self, room: &mut usize) -> Result<GeneralName, Unreadable> {
        Ok(match self {
            Self::Other(kind, value) => GeneralName::Other(kind, value.into()),
            Self::Rfc822(text) => GeneralName::Rfc822(text.into()),
            Self::Dns(text) => GeneralName::Dns(text.into()),
            Self::X400(content) => GeneralName::X400(content.into()),
            Self::Directory(name) => GeneralName::Directory(Name::read_within(name, room)?),
            Self::EdiParty(content) => GeneralName::EdiParty(content.into()),
            Self::Uri(text) => GeneralName::Uri(text.into()),
            Self::Ip(octets) => GeneralName::Ip(octets.into()),
            Self::Registered(kind) => GeneralName::Registered(kind),
        })
    }
}
