//! General names (RFC 5280 4.2.1.6).

use asn1::{Asn1Read, Tlv};

use super::Name;
use crate::Oid;
use crate::certificate::Unreadable;
use crate::sequence::Content;

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
    /// Reads one DER `GeneralName`, nothing after it.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none.
    pub fn read(der: &[u8]) -> Result<Self, Unreadable> {
        asn1::parse_single::<Parsed<'_>>(der)
            .map_err(|_| Unreadable::new("generalName", "is not DER of a GeneralName"))?
            .try_into()
    }
}

/// The same as `asn1` reads it: for structures that hold general names.
#[derive(Asn1Read)]
pub(crate) enum Parsed<'a> {
    #[implicit(0)]
    Other(OtherName<'a>),
    #[implicit(1)]
    Rfc822(&'a [u8]),
    #[implicit(2)]
    Dns(&'a [u8]),
    #[implicit(3)]
    X400(Content<'a>),
    #[explicit(4)]
    Directory(Tlv<'a>),
    #[implicit(5)]
    EdiParty(Content<'a>),
    #[implicit(6)]
    Uri(&'a [u8]),
    #[implicit(7)]
    Ip(&'a [u8]),
    #[implicit(8)]
    Registered(Oid),
}

#[derive(Asn1Read)]
pub(crate) struct OtherName<'a> {
    kind: Oid,
    #[explicit(0, required)]
    value: Tlv<'a>,
}

impl TryFrom<Parsed<'_>> for GeneralName {
    type Error = Unreadable;

    fn try_from(parsed: Parsed<'_>) -> Result<Self, Unreadable> {
        Ok(match parsed {
            Parsed::Other(other) => Self::Other(other.kind, other.value.full_data().into()),
            Parsed::Rfc822(text) => Self::Rfc822(text.into()),
            Parsed::Dns(text) => Self::Dns(text.into()),
            Parsed::X400(content) => Self::X400(content.0.into()),
            Parsed::Directory(name) => Self::Directory(Name::read(name.full_data())?),
            Parsed::EdiParty(content) => Self::EdiParty(content.0.into()),
            Parsed::Uri(text) => Self::Uri(text.into()),
            Parsed::Ip(octets) => Self::Ip(octets.into()),
            Parsed::Registered(kind) => Self::Registered(kind),
        })
    }
}
