//! Signed attributes (RFC 5652 section 11, RFC 5035, RFC 6211).

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{DateTime, Decode, Encode, Header, Reader, SliceReader, Tag, TagNumber, Tagged};
use x509_cert::spki::AlgorithmIdentifierRef;

use super::signing_certificate::{SigningCertificate, signing_certificate};
use super::{Algorithm, der_fault, malformed, oids, skip_rest};
use crate::error::Result;

/// The richest CAdES attributes have some hundred thousand octets, lists and time stamps within.
const MAX_OCTETS: usize = 4 << 20;

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
    /// What signingCertificate and signingCertificateV2 say of the signer's certificate.
    pub signing_certificates: Vec<SigningCertificate>,
    /// The digest and signature algorithms of CMSAlgorithmProtection; the latter is absent when it
    /// names a MAC.
    pub algorithm_protection: Option<(Algorithm, Option<Algorithm>)>,
}

impl SignedAttributes {
    /// Reads the `[0]` IMPLICIT element as received.
    pub(super) fn from_implicit(received: &[u8]) -> Result<Self> {
        if received.len() > MAX_OCTETS {
            return Err(malformed("has more than 4 MiB of signed attributes"));
        }
        let mut der = received.to_vec();
        if let Some(tag) = der.first_mut() {
            *tag = crate::der::tag::SET;
        }
        let fault = |error| der_fault(&error);
        let attributes = Attributes::read(&der)?;
        let one = |oid| attributes.single(oid);
        let versions = [
            (oids::SIGNING_CERTIFICATE, false),
            (oids::SIGNING_CERTIFICATE_V2, true),
        ];
        let mut signing_certificates = Vec::new();
        for (oid, second) in versions {
            if let Some(value) = one(oid)? {
                let named = signing_certificate(value, second).map_err(fault)?;
                signing_certificates.push(named);
            }
        }
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
            signing_certificates,
            algorithm_protection: one(oids::ALGORITHM_PROTECTION)?
                .map(algorithm_protection)
                .transpose()
                .map_err(fault)?,
            der,
        })
    }
}

/// The attributes, each with the octets of its set of values.
struct Attributes<'a>(Vec<(ObjectIdentifier, &'a [u8])>);

impl<'a> Attributes<'a> {
    /// Signed attributes MUST be DER (RFC 5652 5.3): in other encodings two readers could check
    /// different bytes.
    fn read(der: &'a [u8]) -> Result<Self> {
        let fault = |error| der_fault(&error);
        let mut found = Vec::new();
        for attribute in set_of(der)? {
            let mut reader = SliceReader::new(attribute).map_err(fault)?;
            let read = reader.sequence(|fields| Ok((fields.decode()?, fields.tlv_bytes()?)));
            let (oid, values) = read.and_then(|it| reader.finish(it)).map_err(fault)?;
            set_of(values)?;
            found.push((oid, values));
        }
        Ok(Self(found))
    }

    /// The only value of the only attribute of this type: each of the types read here may stand
    /// once and hold one value.
    fn single(&self, oid: ObjectIdentifier) -> Result<Option<AnyRef<'a>>> {
        let mut found = self.0.iter().filter(|(known, _)| *known == oid);
        let Some((_, values)) = found.next() else {
            return Ok(None);
        };
        match set_of(values)?.as_slice() {
            [value] if found.next().is_none() => {
                Ok(Some(AnyRef::from_der(value).map_err(|it| der_fault(&it))?))
            }
            _ => Err(malformed("has a signed attribute that may stand only once")),
        }
    }
}

/// The members of a SET OF, which DER puts in order (X.690 11.6).
fn set_of(der: &[u8]) -> Result<Vec<&[u8]>> {
    let fault = |error| der_fault(&error);
    let mut reader = SliceReader::new(der).map_err(fault)?;
    let header = Header::decode(&mut reader).map_err(fault)?;
    header
        .tag
        .assert_eq(Tag::Set)
        .map_err(|it| der_fault(&it))?;
    let mut content = reader
        .read_slice(header.length)
        .and_then(|it| reader.finish(it))
        .map_err(fault)?;
    let mut members = Vec::new();
    while !content.is_empty() {
        let member = SliceReader::new(content)
            .and_then(|mut it| it.tlv_bytes())
            .map_err(fault)?;
        content = &content[member.len()..];
        members.push(member);
    }
    if members.is_sorted() {
        Ok(members)
    } else {
        Err(malformed("has signed attributes that are not in DER"))
    }
}

/// Of either type, at any year that it can name (RFC 5652 11.3): 50 in a UTCTime is 1950.
fn signing_time(value: AnyRef<'_>) -> der::Result<i64> {
    let fault = || value.tag().value_error();
    let (octets, tag) = (value.value(), value.tag());
    if !octets.is_ascii() || octets.last() != Some(&b'Z') {
        return Err(fault());
    }
    let pairs: Vec<u8> = octets[..octets.len() - 1]
        .chunks(2)
        .map(|pair| match pair {
            [b'0'..=b'9', b'0'..=b'9'] => Ok((pair[0] - b'0') * 10 + pair[1] - b'0'),
            _ => Err(fault()),
        })
        .collect::<der::Result<_>>()?;
    let (century, of_century, rest) = match (tag, pairs.as_slice()) {
        (Tag::UtcTime, [year @ 50..=99, rest @ ..]) => (19, *year, rest),
        (Tag::UtcTime, [year, rest @ ..]) => (20, *year, rest),
        (Tag::GeneralizedTime, [century, year, rest @ ..]) => (*century, *year, rest),
        _ => return Err(fault()),
    };
    let &[month, day, hour, minute, second] = rest else {
        return Err(fault());
    };
    let year = u16::from(century) * 100 + u16::from(of_century);
    // The crate's dates begin with 1970, and the calendar anew after 400 years.
    let later = if year < 1970 { CYCLES } else { 0 };
    let date = DateTime::new(year + 400 * later, month, day, hour, minute, second)?;
    let seconds = i64::try_from(date.unix_duration().as_secs()).map_err(|_| fault())?;
    Ok(seconds - i64::from(later) * DAYS_OF_CYCLE * 86_400)
}

const CYCLES: u16 = 5;
const DAYS_OF_CYCLE: i64 = 146_097;

/// `CMSAlgorithmProtection ::= SEQUENCE { digestAlgorithm, signatureAlgorithm [1] OPTIONAL,
/// macAlgorithm [2] OPTIONAL }` (RFC 6211 section 2), both tags IMPLICIT.
fn algorithm_protection(value: AnyRef<'_>) -> der::Result<(Algorithm, Option<Algorithm>)> {
    let der = value.to_der()?;
    let mut reader = SliceReader::new(&der)?;
    let found = reader.sequence(|fields| {
        let digest = algorithm(fields.decode()?)?;
        let mut signature = None;
        let tag = Tag::ContextSpecific {
            constructed: true,
            number: TagNumber::N1,
        };
        if !fields.is_finished() && fields.peek_tag()? == tag {
            let mut own = fields.tlv_bytes()?.to_vec();
            own[0] = crate::der::tag::SEQUENCE;
            signature = Some(algorithm(AlgorithmIdentifierRef::from_der(&own)?)?);
        }
        skip_rest(fields)?;
        Ok((digest, signature))
    })?;
    reader.finish(found)
}

fn algorithm(read: AlgorithmIdentifierRef<'_>) -> der::Result<Algorithm> {
    Ok(Algorithm {
        oid: read.oid,
        parameters: read.parameters.map(|it| it.to_der()).transpose()?,
    })
}
