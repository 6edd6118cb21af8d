//! Extensions of lists and of their entries.
//!
//! A list with a critical extension that is not processed here, its own or of any entry, must not
//! be used to say that a certificate is not revoked (RFC 5280 5.2, 5.3): it is not read at all.

use crate::certificate::Unreadable;
use crate::names::{GeneralName, Name};
use crate::octets::{Elements, integer};

use super::scope::{Scope, general_names};

/// id-ce, 2.5.29.
const ID_CE: [u8; 2] = [0x55, 0x1D];
const CRL_NUMBER: u8 = 20;
const REASON: u8 = 21;
const INVALIDITY_DATE: u8 = 24;
const DELTA: u8 = 27;
const ISSUING_POINT: u8 = 28;
const CERTIFICATE_ISSUER: u8 = 29;
const AUTHORITY_KEY: u8 = 35;

const UNKNOWN: Unreadable = Unreadable::new(
    "crlExtensions",
    "must not have critical ones that are not processed (RFC 5280 5.2)",
);
const UNKNOWN_IN_ENTRY: Unreadable = Unreadable::new(
    "crlEntryExtensions",
    "must not have critical ones that are not processed (RFC 5280 5.3)",
);
const TWICE: Unreadable = Unreadable::new("extensions", "must not be there twice");
const SHAPE: Unreadable = Unreadable::new("extensions", "must be a SEQUENCE of Extension");

/// What the extensions of a list say.
#[derive(Default)]
pub(super) struct ListExtensions {
    /// cRLNumber, content octets.
    pub(super) number: Option<Box<[u8]>>,
    /// Whether cRLNumber is critical, which it must not be (5.2.3).
    pub(super) critical_number: bool,
    /// BaseCRLNumber of a deltaCRLIndicator, content octets.
    pub(super) base: Option<Box<[u8]>>,
    pub(super) scope: Scope,
    /// keyIdentifier of the authorityKeyIdentifier.
    pub(super) authority_key: Option<Box<[u8]>>,
    /// The values of issuingDistributionPoint and authorityKeyIdentifier as received: what a delta
    /// must have in common with its base.
    pub(super) point_octets: Option<Box<[u8]>>,
    pub(super) authority_key_octets: Option<Box<[u8]>>,
}

/// Reads the SEQUENCE OF Extension whose content is given.
pub(super) fn list_extensions(content: &[u8]) -> Result<ListExtensions, Unreadable> {
    let mut found = ListExtensions::default();
    let mut seen: u64 = 0;
    each(content, |extension| {
        let Some(number) = extension.id_ce() else {
            return if extension.critical {
                Err(UNKNOWN)
            } else {
                Ok(())
            };
        };
        once(&mut seen, number)?;
        match number {
            CRL_NUMBER => {
                found.number = Some(unsigned(extension.value)?.into());
                found.critical_number = extension.critical;
            }
            DELTA => found.base = Some(unsigned(extension.value)?.into()),
            ISSUING_POINT => {
                found.scope = Scope::read(extension.value)?;
                found.point_octets = Some(extension.value.into());
            }
            AUTHORITY_KEY => {
                found.authority_key = authority_key(extension.value)?;
                found.authority_key_octets = Some(extension.value.into());
            }
            _ if extension.critical => return Err(UNKNOWN),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

/// What the extensions of an entry say.
#[derive(Default)]
pub(super) struct EntryExtensions {
    pub(super) reason: Option<u8>,
    pub(super) certificate_issuer: Option<Name>,
}

/// Reads the SEQUENCE OF Extension whose content is given.
pub(super) fn entry_extensions(content: &[u8]) -> Result<EntryExtensions, Unreadable> {
    let mut found = EntryExtensions::default();
    let mut seen: u64 = 0;
    each(content, |extension| {
        let Some(number) = extension.id_ce() else {
            return if extension.critical {
                Err(UNKNOWN_IN_ENTRY)
            } else {
                Ok(())
            };
        };
        once(&mut seen, number)?;
        match number {
            REASON => found.reason = Some(reason(extension.value)?),
            CERTIFICATE_ISSUER => found.certificate_issuer = Some(directory(extension.value)?),
            // A date before the revocation changes nothing that is decided here.
            INVALIDITY_DATE => {}
            _ if extension.critical => return Err(UNKNOWN_IN_ENTRY),
            _ => {}
        }
        Ok(())
    })?;
    Ok(found)
}

struct Extension<'a> {
    oid: &'a [u8],
    critical: bool,
    value: &'a [u8],
}

impl Extension<'_> {
    /// The last arc of an identifier below id-ce.
    fn id_ce(&self) -> Option<u8> {
        match self.oid {
            [a, b, last] if [*a, *b] == ID_CE && *last < 64 => Some(*last),
            _ => None,
        }
    }
}

fn each<'a>(
    content: &'a [u8],
    mut take: impl FnMut(&Extension<'a>) -> Result<(), Unreadable>,
) -> Result<(), Unreadable> {
    let mut extensions = Elements::new(content);
    while let Some(extension) = extensions.next_if_any().map_err(|_| SHAPE)? {
        if extension.tag != 0x30 {
            return Err(SHAPE);
        }
        let mut parts = Elements::new(extension.content);
        let oid = parts.expect(0x06).map_err(|_| SHAPE)?;
        let mut value = parts.next_element().map_err(|_| SHAPE)?;
        let mut critical = false;
        if value.tag == 0x01 {
            critical = match value.content {
                [0x00] => false,
                [0xFF] => true,
                _ => return Err(SHAPE),
            };
            value = parts.next_element().map_err(|_| SHAPE)?;
        }
        parts.end().map_err(|_| SHAPE)?;
        if value.tag != 0x04 {
            return Err(SHAPE);
        }
        take(&Extension {
            oid,
            critical,
            value: value.content,
        })?;
    }
    Ok(())
}

fn once(seen: &mut u64, number: u8) -> Result<(), Unreadable> {
    let bit = 1 << number;
    if *seen & bit != 0 {
        return Err(TWICE);
    }
    *seen |= bit;
    Ok(())
}

/// The content of a non-negative INTEGER.
fn unsigned(value: &[u8]) -> Result<&[u8], Unreadable> {
    let fault = Unreadable::new("cRLNumber", "must be a non-negative INTEGER");
    let mut elements = Elements::new(value);
    let content = elements.expect(0x02).map_err(|_| fault)?;
    elements.end().map_err(|_| fault)?;
    match integer(content) {
        Ok([first, ..]) if first & 0x80 == 0 => Ok(content),
        _ => Err(fault),
    }
}

/// The keyIdentifier of an AuthorityKeyIdentifier.
fn authority_key(value: &[u8]) -> Result<Option<Box<[u8]>>, Unreadable> {
    let fault = Unreadable::new(
        "authorityKeyIdentifier",
        "must be a value of RFC 5280 4.2.1.1",
    );
    let mut fields = Elements::within(value, 0x30).map_err(|_| fault)?;
    let identifier = fields.optional(0x80).map_err(|_| fault)?;
    Ok(identifier.map(|identifier| identifier.content.into()))
}

fn reason(value: &[u8]) -> Result<u8, Unreadable> {
    match value {
        // 7 is not used.
        [0x0A, 0x01, reason @ (0..=6 | 8..=10)] => Ok(*reason),
        _ => Err(Unreadable::new(
            "reasonCode",
            "must be a CRLReason of RFC 5280 5.3.1",
        )),
    }
}

/// The one directory name of a certificateIssuer.
fn directory(value: &[u8]) -> Result<Name, Unreadable> {
    let fault = Unreadable::new("certificateIssuer", "must have a directory name");
    let mut elements = Elements::new(value);
    let content = elements.expect(0x30).map_err(|_| fault)?;
    elements.end().map_err(|_| fault)?;
    let names = general_names(content)?;
    names
        .into_iter()
        .find_map(|name| match name {
            GeneralName::Directory(name) => Some(name),
            _ => None,
        })
        .ok_or(fault)
}
