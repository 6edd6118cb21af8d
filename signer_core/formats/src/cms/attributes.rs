//! Signed attributes (RFC 5652 section 11, RFC 5035).

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Reader, SliceReader, Tag};
use x509_cert::attr::Attributes;
use x509_cert::spki::AlgorithmIdentifierRef;
use x509_cert::time::Time;

use super::{der_fault, malformed, oids};
use crate::der::oid::SHA256;
use crate::error::Result;

/// The parser sorts SETs in quadratic time; ours have about 200 octets, the richest CAdES a few
/// thousand.
const MAX_OCTETS: usize = 8192;

/// What the signer signed about the content, and the bytes the signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAttributes {
    /// The attributes as the signature covers them: tagged SET OF instead of `[0]` (RFC 5652 5.4).
    pub der: Vec<u8>,
    /// contentType.
    pub content_type: Option<ObjectIdentifier>,
    /// messageDigest.
    pub message_digest: Option<Vec<u8>>,
    /// signingTime, seconds since 1970 UTC.
    pub signing_time: Option<i64>,
    /// Hash algorithm and certificate hash of signingCertificateV2's first certificate.
    pub signing_certificate: Option<(ObjectIdentifier, Vec<u8>)>,
}

impl SignedAttributes {
    /// Reads the `[0]` IMPLICIT element as received.
    pub(super) fn from_implicit(received: &[u8]) -> Result<Self> {
        if received.len() > MAX_OCTETS {
            return Err(malformed("has more than 8 KiB of signed attributes"));
        }
        let mut der = received.to_vec();
        if let Some(tag) = der.first_mut() {
            *tag = crate::der::tag::SET;
        }
        let parsed = Attributes::from_der(&der).map_err(|error| der_fault(&error))?;
        // Signed attributes MUST be DER (RFC 5652 5.3): in other encodings two readers could check
        // different bytes.
        if parsed.to_der().ok().as_deref() != Some(&der[..]) {
            return Err(malformed("has signed attributes that are not in DER"));
        }
        let one = |oid| single_value(&parsed, oid);
        let fault = |error| der_fault(&error);
        Ok(Self {
            content_type: one(oids::CONTENT_TYPE)?
                .map(|value| value.decode_as())
                .transpose()
                .map_err(fault)?,
            message_digest: one(oids::MESSAGE_DIGEST)?
                .map(|value| value.decode_as::<OctetStringRef<'_>>())
                .transpose()
                .map_err(fault)?
                .map(|digest| digest.as_bytes().to_vec()),
            signing_time: one(oids::SIGNING_TIME)?
                .map(signing_time)
                .transpose()
                .map_err(fault)?,
            signing_certificate: one(oids::SIGNING_CERTIFICATE_V2)?
                .map(signing_certificate)
                .transpose()
                .map_err(fault)?,
            der,
        })
    }
}

/// The only value of the only attribute of this type: each of the types read here may stand once
/// and hold one value.
fn single_value(attributes: &Attributes, oid: ObjectIdentifier) -> Result<Option<AnyRef<'_>>> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let Some(attribute) = found.next() else {
        return Ok(None);
    };
    match attribute.values.as_slice() {
        [value] if found.next().is_none() => Ok(Some(value.into())),
        _ => Err(malformed("has a signed attribute that may stand only once")),
    }
}

fn signing_time(value: AnyRef<'_>) -> der::Result<i64> {
    let time = Time::from_der(&value.to_der()?)?;
    i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| Tag::UtcTime.value_error())
}

/// `SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2, … }`; the first names the
/// signer's certificate: `ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash, … }`.
fn signing_certificate(value: AnyRef<'_>) -> der::Result<(ObjectIdentifier, Vec<u8>)> {
    let der = value.to_der()?;
    let mut reader = SliceReader::new(&der)?;
    let first = reader.sequence(|whole| {
        let first = whole.sequence(|list| {
            let first = list.tlv_bytes()?;
            skip_rest(list)?;
            Ok(first)
        })?;
        skip_rest(whole)?;
        Ok(first)
    })?;
    let mut reader = SliceReader::new(reader.finish(first)?)?;
    let found = reader.sequence(|id| {
        let algorithm = if id.peek_tag()? == Tag::Sequence {
            id.decode::<AlgorithmIdentifierRef<'_>>()?.oid
        } else {
            SHA256
        };
        let hash = id.decode::<OctetStringRef<'_>>()?.as_bytes().to_vec();
        skip_rest(id)?;
        Ok((algorithm, hash))
    })?;
    reader.finish(found)
}

fn skip_rest<'a>(reader: &mut impl Reader<'a>) -> der::Result<()> {
    while !reader.is_finished() {
        reader.tlv_bytes()?;
    }
    Ok(())
}
