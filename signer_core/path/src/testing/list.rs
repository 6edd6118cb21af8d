//! Revocation lists.

use super::key::{ECDSA_SHA256, Key};
use super::{DAY, NOW, directory, extension, name, number, sequence, time};
use crate::Unreadable;
use crate::crl::RevocationList;
use crate::octets::wrapped;

/// An entry in the making.
#[derive(Clone)]
pub(crate) struct ListEntry {
    serial: Vec<u8>,
    at: i64,
    extensions: Vec<Vec<u8>>,
}

impl ListEntry {
    pub(crate) fn new(serial: u64, at: i64) -> Self {
        Self {
            serial: number(serial),
            at,
            extensions: Vec::new(),
        }
    }

    /// Of a longer serial number, whose last eight octets are this one.
    pub(crate) fn ending(serial: u64, at: i64) -> Self {
        Self {
            serial: [&[1], &serial.to_be_bytes()[..]].concat(),
            ..Self::new(serial, at)
        }
    }

    pub(crate) fn reason(self, reason: u8) -> Self {
        self.with(extension(21, false, &[10, 1, reason]))
    }

    /// certificateIssuer.
    pub(crate) fn of(self, issuer: &str) -> Self {
        let names = sequence(&[&directory(&name(issuer))]);
        self.with(extension(29, true, &names))
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    fn octets(&self) -> Vec<u8> {
        let extensions = if self.extensions.is_empty() {
            Vec::new()
        } else {
            wrapped(0x30, &self.extensions.concat())
        };
        sequence(&[&wrapped(2, &self.serial), &time(self.at), &extensions])
    }
}

/// A list in the making: numbered 1 unless said otherwise.
pub(crate) struct MadeList {
    version: &'static [u8],
    number: Option<u64>,
    issuer: Vec<u8>,
    window: (i64, Option<i64>),
    entries: Vec<ListEntry>,
    extensions: Vec<Vec<u8>>,
}

impl MadeList {
    pub(crate) fn of(issuer: &str) -> Self {
        Self {
            version: &[2, 1, 1],
            number: Some(1),
            issuer: name(issuer),
            window: (NOW - DAY, Some(NOW + DAY)),
            entries: Vec::new(),
            extensions: Vec::new(),
        }
    }

    pub(crate) fn issuer_der(mut self, issuer: Vec<u8>) -> Self {
        self.issuer = issuer;
        self
    }

    pub(crate) fn window(mut self, from: i64, until: Option<i64>) -> Self {
        self.window = (from, until);
        self
    }

    pub(crate) fn entry(mut self, entry: ListEntry) -> Self {
        self.entries.push(entry);
        self
    }

    pub(crate) fn revoking(self, serial: u64) -> Self {
        self.entry(ListEntry::new(serial, NOW - DAY))
    }

    pub(crate) fn number(mut self, value: u64) -> Self {
        self.number = Some(value);
        self
    }

    pub(crate) fn without_number(mut self) -> Self {
        self.number = None;
        self
    }

    /// Of the version that has no extensions.
    pub(crate) fn version_1(mut self) -> Self {
        self.version = &[];
        self.without_number()
    }

    pub(crate) fn delta_on(self, value: u64) -> Self {
        self.with(extension(27, true, &wrapped(2, &number(value))))
    }

    /// issuingDistributionPoint of these fields.
    pub(crate) fn scope(self, fields: &[&[u8]]) -> Self {
        self.with(extension(28, true, &sequence(fields)))
    }

    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.extensions.push(extension);
        self
    }

    pub(crate) fn sign(&self, key: &Key) -> RevocationList {
        self.try_sign(key).unwrap()
    }

    pub(crate) fn try_sign(&self, key: &Key) -> Result<RevocationList, Unreadable> {
        RevocationList::read(self.octets(key))
    }

    pub(crate) fn octets(&self, key: &Key) -> Vec<u8> {
        let entries: Vec<u8> = self.entries.iter().flat_map(ListEntry::octets).collect();
        let entries = if entries.is_empty() {
            Vec::new()
        } else {
            wrapped(0x30, &entries)
        };
        let numbered = self
            .number
            .map(|value| extension(20, false, &wrapped(2, &number(value))));
        let extensions = [numbered.unwrap_or_default(), self.extensions.concat()].concat();
        let extensions = if extensions.is_empty() {
            extensions
        } else {
            wrapped(0xA0, &wrapped(0x30, &extensions))
        };
        let next = self.window.1.map(time).unwrap_or_default();
        let tbs = sequence(&[
            self.version,
            &ECDSA_SHA256,
            &self.issuer,
            &time(self.window.0),
            &next,
            &entries,
            &extensions,
        ]);
        key.sign(&tbs)
    }
}
