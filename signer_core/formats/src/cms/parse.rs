//! `ContentInfo` holding `SignedData`, from foreign bytes (RFC 5652 sections 3 and 5).
//!
//! CMS is BER: streaming signers write indefinite lengths and strings in pieces. Only what the
//! signature covers must be DER, and is taken as received.

use bcder::decode::{Constructed, Content, DecodeError, SliceSource, Source};
use bcder::{Captured, Mode, OctetString, Oid, Tag};
use der::asn1::ObjectIdentifier;

use super::attributes::SignedAttributes;
use super::{malformed, oids};
use crate::der::put_header;
use crate::der::tag;
use crate::error::{Error, Kind, Result};

/// Levels of a name and of parameters; the deepest, those of RSASSA-PSS, have four.
const NESTED: usize = 8;
/// Certificates and signers beyond this are no document of anybody's.
const MAX_MEMBERS: usize = 1024;

/// A signature container and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedData {
    /// eContentType.
    pub content_type: ObjectIdentifier,
    /// The content, where it travels inside (not detached).
    pub content: Option<Vec<u8>>,
    /// X.509 certificates, each as received. Every other kind of CertificateChoices is passed over:
    /// nobody here is identified by one.
    pub certificates: Vec<Vec<u8>>,
    /// The signers, in the order received; of one that can't be read, why. At least one can,
    /// where there are any.
    pub signers: Vec<Result<SignerInfo>>,
}

/// How the signer's certificate is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerId {
    /// By issuer (`Name` DER) and serial (INTEGER content).
    IssuerAndSerial {
        /// `Name`; definite lengths where indefinite ones were received.
        issuer: Vec<u8>,
        /// INTEGER content: big-endian, two's complement.
        serial: Vec<u8>,
    },
    /// By subjectKeyIdentifier.
    SubjectKeyIdentifier(Vec<u8>),
}

/// An AlgorithmIdentifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Algorithm {
    /// Which.
    pub oid: ObjectIdentifier,
    /// Its parameters, whole element, if present; definite lengths where indefinite ones were
    /// received.
    pub parameters: Option<Vec<u8>>,
}

/// One signer's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerInfo {
    /// Names the certificate.
    pub sid: SignerId,
    /// digestAlgorithm.
    pub digest_algorithm: Algorithm,
    /// signedAttrs, absent when the signature covers the content itself.
    pub signed_attributes: Option<SignedAttributes>,
    /// signatureAlgorithm.
    pub signature_algorithm: Algorithm,
    /// The signature's octets.
    pub signature: Vec<u8>,
}

/// Reads a BER `ContentInfo` of type signedData.
///
/// # Errors
/// `Malformed` for what does not parse, is cut short, or is another content type, and where no
/// signer can be read; `TrailingBytes` for octets after its end.
pub fn parse_signed_data(ber: &[u8]) -> Result<SignedData> {
    let whole = read(ber, |it| it.capture_one())?;
    if whole.as_slice().len() != ber.len() {
        return Err(Error::of(
            Kind::TrailingBytes,
            "SignedData",
            "has octets after its end",
        ));
    }
    let (content_type, content) = read(ber, content_info)?;
    if content_type != oids::SIGNED_DATA {
        return Err(malformed("is a CMS of another content type"));
    }
    let data = read(content.as_slice(), signed_data)?;
    let certificates = data.certificates.iter().map(Captured::as_slice);
    let signers = data.signers.iter().map(Captured::as_slice);
    let signers: Vec<_> = signers.map(read_signer).collect();
    if signers.iter().all(Result::is_err)
        && let Some(Err(error)) = signers.first()
    {
        return Err(error.clone());
    }
    Ok(SignedData {
        content_type: data.content_type,
        content: data.content.map(|it| it.to_bytes().to_vec()),
        certificates: certificates
            .filter(|it| it.first() == Some(&tag::SEQUENCE))
            .map(<[u8]>::to_vec)
            .collect(),
        signers,
    })
}

/// Whether the octets begin as a `ContentInfo` of any kind, whole or not: no text does, and what such
/// a one holds may be any text.
#[must_use]
pub fn begins_as_content_info(ber: &[u8]) -> bool {
    let mut begins = false;
    // What comes behind the type is not for here.
    let _ = read(ber, |it| {
        it.take_sequence(|info| {
            begins = oid(info).is_ok();
            Err::<(), _>(info.content_err("is not read"))
        })
    });
    begins
}

type Decoded<T, S> = std::result::Result<T, DecodeError<<S as Source>::Error>>;

fn read<'a, T>(
    octets: &'a [u8],
    rule: impl FnOnce(&mut Constructed<'_, SliceSource<'a>>) -> Decoded<T, SliceSource<'a>>,
) -> Result<T> {
    Mode::Ber
        .decode(octets, rule)
        .map_err(|_| malformed("is not BER of its type"))
}

fn content_info<S: Source>(
    it: &mut Constructed<'_, S>,
) -> Decoded<(ObjectIdentifier, Captured), S> {
    it.take_sequence(|info| {
        let content_type = oid(info)?;
        let content = info.take_constructed_if(Tag::CTX_0, |explicit| explicit.capture_one())?;
        Ok((content_type, content))
    })
}

struct Parts {
    content_type: ObjectIdentifier,
    content: Option<OctetString>,
    certificates: Vec<Captured>,
    signers: Vec<Captured>,
}

fn signed_data<S: Source>(it: &mut Constructed<'_, S>) -> Decoded<Parts, S> {
    it.take_sequence(|data| {
        // The version follows from the kinds of what is inside (RFC 5652 5.1); nothing hangs on it.
        data.take_u8()?;
        data.take_set(skip_all)?;
        let (content_type, content) = data.take_sequence(|inside| {
            let content_type = oid(inside)?;
            let content = inside.take_opt_constructed_if(Tag::CTX_0, OctetString::take_from)?;
            Ok((content_type, content))
        })?;
        let certificates = data.take_opt_constructed_if(Tag::CTX_0, members)?;
        // Revocation information sent along is not used: a verifier asks for its own.
        data.take_opt_constructed_if(Tag::CTX_1, skip_all)?;
        Ok(Parts {
            content_type,
            content,
            certificates: certificates.unwrap_or_default(),
            signers: data.take_set(members)?,
        })
    })
}

/// The members of a SET OF, each as it came: they are read again where they are judged, and must
/// then be the very bytes.
fn members<S: Source>(set: &mut Constructed<'_, S>) -> Decoded<Vec<Captured>, S> {
    let mut found = Vec::new();
    loop {
        let mut ended = false;
        let member = set.capture(|it| {
            ended = skip(it)?.is_none();
            Ok(())
        })?;
        if ended {
            return Ok(found);
        }
        if found.len() == MAX_MEMBERS {
            return Err(set.content_err("too many members"));
        }
        found.push(member);
    }
}

/// The next element; `None` at the end, which the crate's own `skip_one` takes for a fault where
/// the length is indefinite.
fn skip<S: Source>(it: &mut Constructed<'_, S>) -> Decoded<Option<()>, S> {
    it.skip_opt(|_, _, _| Ok(()))
}

fn skip_all<S: Source>(it: &mut Constructed<'_, S>) -> Decoded<(), S> {
    while skip(it)?.is_some() {}
    Ok(())
}

/// The elements inside, of definite lengths in their shortest form.
fn in_der<S: Source>(it: &mut Constructed<'_, S>, depth: usize) -> Decoded<Vec<u8>, S> {
    let mut written = Vec::new();
    let next = |it: &mut Constructed<'_, S>| {
        it.take_opt_value(|tag, content| {
            let written = match content {
                Content::Primitive(value) => element(tag, false, &value.take_all()?),
                Content::Constructed(value) if depth > 0 => {
                    element(tag, true, &in_der(value, depth - 1)?)
                }
                Content::Constructed(_) => None,
            };
            written.ok_or_else(|| content.content_err("no name and no parameters"))
        })
    };
    while let Some(member) = next(it)? {
        written.extend_from_slice(&member);
    }
    Ok(written)
}

/// `None` for a tag of several octets, which stands in no name and in no parameters.
fn element(tag: Tag, constructed: bool, content: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    tag.write_encoded(constructed, &mut octets).ok()?;
    let [tag] = octets[..] else { return None };
    let mut written = Vec::new();
    put_header(&mut written, tag, content.len());
    written.extend_from_slice(content);
    Some(written)
}

fn oid<S: Source>(it: &mut Constructed<'_, S>) -> Decoded<ObjectIdentifier, S> {
    let read = Oid::take_from(it)?;
    ObjectIdentifier::from_bytes(read.as_ref()).map_err(|_| it.content_err("not an OID"))
}

fn algorithm<S: Source>(it: &mut Constructed<'_, S>) -> Decoded<Algorithm, S> {
    it.take_sequence(|it| {
        let oid = oid(it)?;
        let parameters = in_der(it, NESTED)?;
        Ok(Algorithm {
            oid,
            parameters: (!parameters.is_empty()).then_some(parameters),
        })
    })
}

/// The fields a signature needs; unsigned attributes are passed over.
fn read_signer(ber: &[u8]) -> Result<SignerInfo> {
    let (version, attributes, mut signer) = read(ber, |it| it.take_sequence(signer_info))?;
    let expected = match signer.sid {
        SignerId::IssuerAndSerial { .. } => 1,
        SignerId::SubjectKeyIdentifier(_) => 3,
    };
    // RFC 5652 5.3.
    if version != expected {
        return Err(malformed(
            "has a signer whose version does not fit its identifier",
        ));
    }
    signer.signed_attributes = attributes
        .map(|it| SignedAttributes::from_implicit(it.as_slice()))
        .transpose()?;
    Ok(signer)
}

fn signer_info<S: Source>(
    fields: &mut Constructed<'_, S>,
) -> Decoded<(u8, Option<Captured>, SignerInfo), S> {
    let version = fields.take_u8()?;
    let sid = signer_identifier(fields)?;
    let digest_algorithm = algorithm(fields)?;
    let mut present = false;
    let attributes = fields.capture(|it| {
        let found = it.take_opt_constructed_if(Tag::CTX_0, skip_all)?;
        present = found.is_some();
        Ok(())
    })?;
    let signature_algorithm = algorithm(fields)?;
    let signature = OctetString::take_from(fields)?.to_bytes().to_vec();
    fields.take_opt_constructed_if(Tag::CTX_1, skip_all)?;
    let signer = SignerInfo {
        sid,
        digest_algorithm,
        signed_attributes: None,
        signature_algorithm,
        signature,
    };
    Ok((version, present.then_some(attributes), signer))
}

fn signer_identifier<S: Source>(fields: &mut Constructed<'_, S>) -> Decoded<SignerId, S> {
    let key = fields.take_opt_value_if(Tag::CTX_0, OctetString::from_content)?;
    if let Some(key) = key {
        return Ok(SignerId::SubjectKeyIdentifier(key.to_bytes().to_vec()));
    }
    fields.take_sequence(|it| {
        // In DER, as the certificate has it that is looked for.
        let issuer = it.take_sequence(|name| in_der(name, NESTED))?;
        let issuer =
            element(Tag::SEQUENCE, true, &issuer).ok_or_else(|| it.content_err("no name"))?;
        let serial = it
            .take_primitive_if(Tag::INTEGER, |it| it.take_all())?
            .to_vec();
        Ok(SignerId::IssuerAndSerial { issuer, serial })
    })
}
