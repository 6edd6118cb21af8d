//! Extensions of lists and of their entries.
//!
//! A list with a critical extension that is not processed here, its own or of any entry, must not
//! be used to determine the status of certificates (RFC 5280 5.2, 5.3). Whether it has one is told.

use crate::Unreadable;
use crate::certificate::AuthorityKeyIdentifier;
use crate::extension::{Extension, each};
use crate::names::{GeneralName, Name, general_names};
use crate::octets::{ENUMERATED, INTEGER, SEQUENCE, only, unsigned};

use super::scope::Scope;

/// id-ce, 2.5.29.
const ID_CE: [u8; 2] = [0x55, 0x1D];
const CRL_NUMBER: u8 = 20;
const REASON: u8 = 21;
const INVALIDITY_DATE: u8 = 24;
const DELTA: u8 = 27;
const ISSUING_POINT: u8 = 28;
const CERTIFICATE_ISSUER: u8 = 29;
const AUTHORITY_KEY: u8 = 35;
const FRESHEST: u8 = 46;

/// The fields that a list is not read for though it is whole: it asks for what is not done here.
pub const UNPROCESSED: [&str; 2] = [UNKNOWN.field, UNKNOWN_IN_ENTRY.field];

pub(super) const UNKNOWN: Unreadable = Unreadable::new(
    "crlExtensions",
    "must not have critical ones that are not processed (RFC 5280 5.2)",
);
pub(super) const UNKNOWN_IN_ENTRY: Unreadable = Unreadable::new(
    "crlEntryExtensions",
    "must not have critical ones that are not processed (RFC 5280 5.3)",
);
const TWICE: Unreadable = Unreadable::new("extensions", "must not be there twice");

/// What the extensions of a list say.
#[derive(Default)]
pub(super) struct ListExtensions {
    /// cRLNumber, content octets.
    pub(super) number: Option<Box<[u8]>>,
    /// Whether cRLNumber is critical, which it must not be (5.2.3).
    pub(super) critical_number: bool,
    /// BaseCRLNumber of a deltaCRLIndicator, content octets.
    pub(super) base: Option<Box<[u8]>>,
    /// Whether deltaCRLIndicator is critical, which it must be (5.2.4).
    pub(super) critical_base: bool,
    pub(super) scope: Scope,
    /// keyIdentifier of the authorityKeyIdentifier.
    pub(super) authority_key: Option<Box<[u8]>>,
    /// Whether issuingDistributionPoint is critical, which it must be (5.2.5).
    pub(super) critical_point: bool,
    /// The values of issuingDistributionPoint and authorityKeyIdentifier as received: what a delta
    /// must have in common with its base.
    pub(super) point_octets: Option<Box<[u8]>>,
    pub(super) authority_key_octets: Option<Box<[u8]>>,
    /// The value of freshestCRL as received: where delta lists are to be had. Nothing is fetched.
    pub(super) freshest_octets: Option<Box<[u8]>>,
    /// Whether there is a critical one that is not processed.
    pub(super) unprocessed: bool,
}

/// Reads the SEQUENCE OF Extension whose content is given.
pub(super) fn list_extensions(content: &[u8]) -> Result<ListExtensions, Unreadable> {
    let mut found = ListExtensions::default();
    let mut seen: u64 = 0;
    each(content, |extension| {
        let Some(number) = id_ce(extension) else {
            found.unprocessed |= extension.critical;
            return Ok(());
        };
        once(&mut seen, number)?;
        match number {
            CRL_NUMBER => {
                found.number = Some(number_of(extension.value)?.into());
                found.critical_number = extension.critical;
            }
            DELTA => {
                found.base = Some(number_of(extension.value)?.into());
                found.critical_base = extension.critical;
            }
            ISSUING_POINT => {
                found.scope = Scope::read(extension.value)
                    .map_err(|error| error.in_field("issuingDistributionPoint"))?;
                found.point_octets = Some(extension.value.into());
                found.critical_point = extension.critical;
            }
            AUTHORITY_KEY => {
                let key = AuthorityKeyIdentifier::read_whole(extension.value)
                    .map_err(|error| error.in_field("authorityKeyIdentifier"))?;
                found.authority_key = key.key_identifier.map(Into::into);
                found.authority_key_octets = Some(extension.value.into());
            }
            FRESHEST => {
                found.freshest_octets = Some(extension.value.into());
                found.unprocessed |= extension.critical;
            }
            _ => found.unprocessed |= extension.critical,
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
    /// Whether there is a critical one that is not processed.
    pub(super) unprocessed: bool,
}

/// Reads the SEQUENCE OF Extension whose content is given.
pub(super) fn entry_extensions(content: &[u8]) -> Result<EntryExtensions, Unreadable> {
    let mut found = EntryExtensions::default();
    let mut seen: u64 = 0;
    each(content, |extension| {
        let Some(number) = id_ce(extension) else {
            found.unprocessed |= extension.critical;
            return Ok(());
        };
        once(&mut seen, number)?;
        match number {
            REASON => found.reason = Some(reason(extension.value)?),
            CERTIFICATE_ISSUER => found.certificate_issuer = Some(directory(extension.value)?),
            // A date before the revocation changes nothing that is decided here.
            INVALIDITY_DATE => {}
            _ => found.unprocessed |= extension.critical,
        }
        Ok(())
    })?;
    Ok(found)
}

/// The last arc of an identifier below id-ce.
fn id_ce(extension: &Extension<'_>) -> Option<u8> {
    match extension.oid {
        [a, b, last] if [*a, *b] == ID_CE && *last < 64 => Some(*last),
        _ => None,
    }
}

fn once(seen: &mut u64, number: u8) -> Result<(), Unreadable> {
    let bit = 1 << number;
    if *seen & bit != 0 {
        return Err(TWICE);
    }
    *seen |= bit;
    Ok(())
}

/// A CRLNumber's content.
fn number_of(value: &[u8]) -> Result<&[u8], Unreadable> {
    let content = only(value, INTEGER).and_then(unsigned);
    content.map_err(|_| Unreadable::new("cRLNumber", "must be a non-negative INTEGER"))
}

/// The content of a reasonCode, which OCSP has too.
pub(crate) fn reason(value: &[u8]) -> Result<u8, Unreadable> {
    match value {
        // 7 is not used.
        [ENUMERATED, 1, reason @ (0..=6 | 8..=10)] => Ok(*reason),
        _ => Err(Unreadable::new(
            "reasonCode",
            "must be a CRLReason of RFC 5280 5.3.1",
        )),
    }
}

/// The one directory name of a certificateIssuer.
fn directory(value: &[u8]) -> Result<Name, Unreadable> {
    let fault = Unreadable::new("certificateIssuer", "must have a directory name");
    let names = only(value, SEQUENCE)
        .and_then(general_names)
        .map_err(|_| fault)?;
    names
        .into_iter()
        .find_map(|name| match name {
            GeneralName::Directory(name) => Some(name),
            _ => None,
        })
        .ok_or(fault)
}
