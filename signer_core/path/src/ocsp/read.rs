//! Reading a response.

use std::sync::Arc;

use crate::Unreadable;
use crate::certificate::Certificate;
use crate::crl::reason;
use crate::extension;
use crate::names::Name;
use crate::octets::{
    ENUMERATED, Element, Elements, IDENTIFIER, INTEGER, OCTET_STRING, SEQUENCE, integer, only,
};
use crate::signature::{Envelope, Hash, Received};
use crate::time::time;

use super::response::{CertId, Inner, OcspResponse, ResponderId, Single, Status};

/// The most octets of a response that are read: thousands of answers, or a dozen certificates.
pub const MAX_OCTETS: usize = 1 << 20;

const SHAPE: Unreadable = Unreadable::new("ocspResponse", "must be an OCSPResponse in DER");

/// id-pkix-ocsp-basic.
const BASIC: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01];
const SHA1: &[u8] = &[0x2B, 0x0E, 0x03, 0x02, 0x1A];
/// The arc of SHA-256, SHA-384 and SHA-512, which are its 1, 2 and 3.
const SHA2: [u8; 8] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02];

/// The most certificates that are read from a response: its responder's, and a path for it.
const MAX_CERTIFICATES: usize = 16;

impl OcspResponse {
    /// Reads one DER `OCSPResponse`, nothing after it. Certificates inside that cannot be read are
    /// left out: only the responder's matters.
    ///
    /// # Errors
    /// [`Unreadable`] when it is none, is over [`MAX_OCTETS`], or is not successful.
    pub fn read(octets: impl Into<Arc<[u8]>>) -> Result<Self, Unreadable> {
        let octets = octets.into();
        if octets.len() > MAX_OCTETS {
            return Err(Unreadable::new("ocspResponse", "is too large"));
        }
        read(octets).map(|inner| Self(Arc::new(inner)))
    }
}

fn read(octets: Arc<[u8]>) -> Result<Inner, Unreadable> {
    let basic = basic(&octets).map_err(|_| SHAPE)?;
    let mut outer = Elements::within(basic, SEQUENCE).map_err(|_| SHAPE)?;
    let envelope = Envelope::begin(&mut outer, "basicOCSPResponse")?;
    let certificates = outer.optional(0xA0).map_err(|_| SHAPE)?;
    outer.end().map_err(|_| SHAPE)?;
    let (responder, mut singles) = data(envelope.content)?;
    singles.sort_by(|one, other| one.certificate.serial.cmp(&other.certificate.serial));
    let certificates = match certificates {
        Some(element) => read_certificates(element.content)?,
        None => Vec::new(),
    };
    let parts = envelope.parts(&octets);
    Ok(Inner {
        received: Received::new(octets, parts),
        responder,
        singles,
        certificates,
    })
}

/// The BasicOCSPResponse inside.
fn basic(octets: &[u8]) -> Result<&[u8], Unreadable> {
    let mut response = Elements::within(octets, SEQUENCE)?;
    if response.expect(ENUMERATED)? != [0] {
        return Err(SHAPE);
    }
    let bytes = response.expect(0xA0)?;
    response.end()?;
    let mut bytes = Elements::within(bytes, SEQUENCE)?;
    if bytes.expect(IDENTIFIER)? != BASIC {
        return Err(SHAPE);
    }
    let basic = bytes.expect(OCTET_STRING)?;
    bytes.end()?;
    Ok(basic)
}

fn read_certificates(content: &[u8]) -> Result<Vec<Certificate>, Unreadable> {
    let mut certificates = Vec::new();
    let mut elements = Elements::within(content, SEQUENCE).map_err(|_| SHAPE)?;
    while let Some(element) = elements.next_if_any().map_err(|_| SHAPE)? {
        if certificates.len() < MAX_CERTIFICATES
            && let Ok(certificate) = Certificate::read(element.whole)
        {
            certificates.push(certificate);
        }
    }
    Ok(certificates)
}

/// A ResponseData.
fn data(content: &[u8]) -> Result<(ResponderId, Vec<Single>), Unreadable> {
    let mut fields = Elements::new(content);
    // version is v1 where it is written at all.
    if let Some(version) = fields.optional(0xA0).map_err(|_| SHAPE)?
        && version.content != [0x02, 0x01, 0x00]
    {
        return Err(SHAPE);
    }
    let responder = fields.next_element().map_err(|_| SHAPE)?;
    let responder = match responder.tag {
        0xA1 => ResponderId::Name(Name::read(responder.content)?),
        0xA2 => {
            let hash = only(responder.content, OCTET_STRING).map_err(|_| SHAPE)?;
            ResponderId::Key(hash.into())
        }
        _ => return Err(SHAPE),
    };
    // producedAt says when it was signed; what counts are the times of each answer.
    time(&fields.next_element().map_err(|_| SHAPE)?)?;
    let mut answers = Elements::new(fields.expect(SEQUENCE).map_err(|_| SHAPE)?);
    let mut singles = Vec::new();
    while let Some(answer) = answers.next_if_any().map_err(|_| SHAPE)? {
        singles.extend(single(&answer)?);
    }
    if let Some(extensions) = fields.optional(0xA1).map_err(|_| SHAPE)?
        && any_critical(extensions.content)?
    {
        singles.iter_mut().for_each(|single| single.critical = true);
    }
    fields.end().map_err(|_| SHAPE)?;
    Ok((responder, singles))
}

/// One answer; nothing when its CertID is made with a hash function that is not known here.
fn single(element: &Element<'_>) -> Result<Option<Single>, Unreadable> {
    let mut fields = Elements::new(element.of(SEQUENCE).map_err(|_| SHAPE)?);
    let id = fields.expect(SEQUENCE).map_err(|_| SHAPE)?;
    let status = fields.next_element().map_err(|_| SHAPE)?;
    let status = match status.tag {
        0x80 if status.content.is_empty() => Status::Good,
        0xA1 => {
            let mut inside = Elements::new(status.content);
            let at = time(&inside.next_element().map_err(|_| SHAPE)?)?;
            let reason = match inside.optional(0xA0).map_err(|_| SHAPE)? {
                Some(element) => Some(reason(element.content)?),
                None => None,
            };
            inside.end().map_err(|_| SHAPE)?;
            Status::Revoked { at, reason }
        }
        0x82 if status.content.is_empty() => Status::Unknown,
        _ => return Err(SHAPE),
    };
    let this_update = time(&fields.next_element().map_err(|_| SHAPE)?)?;
    let next_update = match fields.optional(0xA0).map_err(|_| SHAPE)? {
        Some(element) => {
            let mut inside = Elements::new(element.content);
            let next = time(&inside.next_element().map_err(|_| SHAPE)?)?;
            inside.end().map_err(|_| SHAPE)?;
            Some(next)
        }
        None => None,
    };
    let critical = match fields.optional(0xA1).map_err(|_| SHAPE)? {
        Some(extensions) => any_critical(extensions.content)?,
        None => false,
    };
    fields.end().map_err(|_| SHAPE)?;
    Ok(cert_id(id)?.map(|certificate| Single {
        certificate,
        status,
        this_update,
        next_update,
        critical,
    }))
}

fn cert_id(content: &[u8]) -> Result<Option<CertId>, Unreadable> {
    let mut fields = Elements::new(content);
    let mut algorithm = Elements::new(fields.expect(SEQUENCE).map_err(|_| SHAPE)?);
    let hash = match algorithm.expect(IDENTIFIER).map_err(|_| SHAPE)? {
        SHA1 => Some(Hash::Sha1),
        [arc @ .., last] if *arc == SHA2 => match last {
            1 => Some(Hash::Sha256),
            2 => Some(Hash::Sha384),
            3 => Some(Hash::Sha512),
            _ => None,
        },
        _ => None,
    };
    let issuer_name = fields.expect(OCTET_STRING).map_err(|_| SHAPE)?;
    let issuer_key = fields.expect(OCTET_STRING).map_err(|_| SHAPE)?;
    let serial = integer(fields.expect(INTEGER).map_err(|_| SHAPE)?).map_err(|_| SHAPE)?;
    fields.end().map_err(|_| SHAPE)?;
    Ok(hash.map(|hash| CertId {
        hash,
        issuer_name: issuer_name.into(),
        issuer_key: issuer_key.into(),
        serial: serial.into(),
    }))
}

/// Whether one of the Extensions in these octets is critical.
fn any_critical(octets: &[u8]) -> Result<bool, Unreadable> {
    let mut critical = false;
    extension::each(only(octets, SEQUENCE).map_err(|_| SHAPE)?, |one| {
        critical |= one.critical;
        Ok(())
    })?;
    Ok(critical)
}
