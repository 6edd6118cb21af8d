//! General names (RFC 5280 4.2.1.6).

use super::Name;
use crate::Oid;

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
    /// x400Address, as received.
    X400(Box<[u8]>),
    /// directoryName.
    Directory(Name),
    /// ediPartyName, as received.
    EdiParty(Box<[u8]>),
    /// uniformResourceIdentifier.
    Uri(Box<[u8]>),
    /// iPAddress; in a constraint with its mask.
    Ip(Box<[u8]>),
    /// registeredID.
    Registered(Oid),
}
