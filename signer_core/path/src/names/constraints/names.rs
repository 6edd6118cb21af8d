//! Names in the form in which they are looked up.

use std::borrow::Cow;

use crate::Oid;
use crate::names::{GeneralName, Name, host};

/// A name that can be compared.
pub(super) enum Comparable<'a> {
    Directory(&'a Name),
    /// A host, or with `wildcard` every host one label below it.
    Dns {
        host: String,
        wildcard: bool,
    },
    Mailbox {
        local: Cow<'a, [u8]>,
        host: String,
    },
    Uri(String),
    V4(u32),
    V6(u128),
}

/// emailAddress of a distinguished name (RFC 2985 5.2.1).
pub(super) const EMAIL_ADDRESS: Oid = asn1::oid!(1, 2, 840, 113549, 1, 9, 1);
/// id-on-SmtpUTF8Mailbox (RFC 9598): constraints on rfc822Name apply to it.
const SMTP_UTF8_MAILBOX: Oid = asn1::oid!(1, 3, 6, 1, 5, 5, 7, 8, 9);

/// Nothing for a name that is not what its form says, and for forms that are not compared here.
pub(super) fn comparable(name: &GeneralName) -> Option<Comparable<'_>> {
    match name {
        GeneralName::Directory(name) => Some(Comparable::Directory(name)),
        GeneralName::Dns(text) => dns(text),
        GeneralName::Rfc822(text) => mailbox(text),
        GeneralName::Uri(text) => host::of_uri(text).map(Comparable::Uri),
        GeneralName::Ip(octets) => address(octets),
        GeneralName::Other(..)
        | GeneralName::X400(_)
        | GeneralName::EdiParty(_)
        | GeneralName::Registered(_) => None,
    }
}

pub(super) fn mailbox(text: &[u8]) -> Option<Comparable<'_>> {
    host::mailbox(text).map(|(local, host)| Comparable::Mailbox { local, host })
}

pub(super) fn is_internationalized_mailbox(name: &GeneralName) -> bool {
    matches!(name, GeneralName::Other(kind, _) if *kind == SMTP_UTF8_MAILBOX)
}

fn dns(text: &[u8]) -> Option<Comparable<'_>> {
    let (text, wildcard) = match text.strip_prefix(b"*.") {
        Some(below) => (below, true),
        None => (text, false),
    };
    host::host(text).map(|host| Comparable::Dns { host, wildcard })
}

fn address(octets: &[u8]) -> Option<Comparable<'_>> {
    if let Ok(four) = octets.try_into() {
        return Some(Comparable::V4(u32::from_be_bytes(four)));
    }
    let sixteen = octets.try_into().ok()?;
    Some(Comparable::V6(u128::from_be_bytes(sixteen)))
}
