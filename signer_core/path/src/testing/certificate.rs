//! Certificates.

use std::sync::atomic::{AtomicU64, Ordering};

use super::key::{ECDSA_SHA256, Key};
use super::{DAY, NOW, extension, name, number, sequence, time};
use crate::certificate::Certificate;
use crate::octets::wrapped;

/// sha256WithRSAEncryption.
pub(crate) const RSA_SHA256: [u8; 15] = [
    0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11, 5, 0,
];

static SERIAL: AtomicU64 = AtomicU64::new(1000);

/// A certificate in the making: an authority's unless said otherwise.
pub(crate) struct Made {
    subject: Vec<u8>,
    issuer: Vec<u8>,
    spki: Vec<u8>,
    serial: u64,
    validity: (i64, i64),
    authority: bool,
    usage: u8,
    identifier: Option<Vec<u8>>,
    issuer_identifier: Option<Vec<u8>>,
    others: Vec<Vec<u8>>,
}

impl Made {
    pub(crate) fn authority(subject: &str, key: &Key) -> Self {
        Self {
            subject: name(subject),
            issuer: name(subject),
            spki: key.spki(),
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            validity: (NOW - 100 * DAY, NOW + 100 * DAY),
            authority: true,
            // keyCertSign, cRLSign.
            usage: 0b0000_0110,
            identifier: Some(key.identifier()),
            issuer_identifier: None,
            others: Vec::new(),
        }
    }

    pub(crate) fn user(subject: &str, key: &Key) -> Self {
        Self {
            authority: false,
            usage: 0b1100_0000,
            ..Self::authority(subject, key)
        }
    }

    pub(crate) fn serial(mut self, serial: u64) -> Self {
        self.serial = serial;
        self
    }

    pub(crate) fn subject_der(mut self, subject: Vec<u8>) -> Self {
        self.subject = subject;
        self
    }

    pub(crate) fn validity(mut self, from: i64, until: i64) -> Self {
        self.validity = (from, until);
        self
    }

    /// keyUsage, its first octet.
    pub(crate) fn usage(mut self, usage: u8) -> Self {
        self.usage = usage;
        self
    }

    pub(crate) fn key_identifier(mut self, identifier: Option<&[u8]>) -> Self {
        self.identifier = identifier.map(<[u8]>::to_vec);
        self
    }

    /// Another key than the one it was begun with.
    pub(crate) fn spki(mut self, spki: Vec<u8>) -> Self {
        self.spki = spki;
        self
    }

    /// keyIdentifier of the authorityKeyIdentifier, where it is not the issuer's own.
    pub(crate) fn issuer_key_identifier(mut self, identifier: &[u8]) -> Self {
        self.issuer_identifier = Some(identifier.to_vec());
        self
    }

    /// One more Extension.
    pub(crate) fn with(mut self, extension: Vec<u8>) -> Self {
        self.others.push(extension);
        self
    }

    /// cRLDistributionPoints of these DistributionPoints.
    pub(crate) fn points(self, points: &[Vec<u8>]) -> Self {
        let points: Vec<&[u8]> = points.iter().map(Vec::as_slice).collect();
        self.with(extension(31, false, &sequence(&points)))
    }

    /// Signed by itself.
    pub(crate) fn root(self, key: &Key) -> Certificate {
        self.sign(key)
    }

    /// Signed by the authority of this name.
    pub(crate) fn by(mut self, issuer: &str, key: &Key) -> Certificate {
        self.issuer = name(issuer);
        if self.issuer_identifier.is_none() {
            self.issuer_identifier = Some(key.identifier());
        }
        self.sign(key)
    }

    pub(crate) fn sign(self, key: &Key) -> Certificate {
        Certificate::read(&self.octets(key)).unwrap()
    }

    /// Signed by no key, as one that uses this algorithm would have.
    pub(crate) fn by_no_key(mut self, issuer: &str, algorithm: &[u8]) -> Certificate {
        self.issuer = name(issuer);
        let signature = wrapped(3, &[&[0], &[7; 255][..]].concat());
        let made = sequence(&[&self.tbs(algorithm), algorithm, &signature]);
        Certificate::read(&made).unwrap()
    }

    pub(crate) fn octets(self, key: &Key) -> Vec<u8> {
        key.sign(&self.tbs(&ECDSA_SHA256))
    }

    fn tbs(self, algorithm: &[u8]) -> Vec<u8> {
        let mut extensions = self.others;
        if self.authority {
            let authority = sequence(&[&[1, 1, 0xFF]]);
            extensions.push(extension(19, true, &authority));
        }
        let unused = u8::try_from(self.usage.trailing_zeros()).unwrap();
        extensions.push(extension(15, true, &[3, 2, unused, self.usage]));
        if let Some(identifier) = self.identifier {
            extensions.push(extension(14, false, &wrapped(4, &identifier)));
        }
        if let Some(identifier) = self.issuer_identifier {
            let value = sequence(&[&wrapped(0x80, &identifier)]);
            extensions.push(extension(35, false, &value));
        }
        sequence(&[
            &[0xA0, 3, 2, 1, 2],
            &wrapped(2, &number(self.serial)),
            algorithm,
            &self.issuer,
            &sequence(&[&time(self.validity.0), &time(self.validity.1)]),
            &self.subject,
            &self.spki,
            &wrapped(0xA3, &wrapped(0x30, &extensions.concat())),
        ])
    }
}
