//! `ContentInfo` holding `SignedData`, from foreign bytes (RFC 5652 sections 3 and 5).

use cms::content_info::CmsVersion;
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier};
use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Header, Reader, SliceReader, Tag, TagNumber};
use x509_cert::spki::AlgorithmIdentifierRef;

use super::attributes::SignedAttributes;
use super::{der_fault, malformed, oids};
use crate::error::Result;

/// The parser sorts the members of a name's SETs in quadratic time: real names are far shorter.
const MAX_NAME_OCTETS: usize = 4096;

/// A signature container and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedData {
    /// eContentType.
    pub content_type: ObjectIdentifier,
    /// Whether the content travels inside (not detached).
    pub has_content: bool,
    /// Certificates, each as received.
    pub certificates: Vec<Vec<u8>>,
    /// The signers, in the order received.
    pub signers: Vec<SignerInfo>,
}

/// How the signer's certificate is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerId {
    /// By issuer (`Name` DER) and serial (INTEGER content).
    IssuerAndSerial {
        /// `Name` DER.
        issuer: Vec<u8>,
        /// INTEGER content: big-endian, two's complement.
        serial: Vec<u8>,
    },
    /// By subjectKeyIdentifier.
    SubjectKeyIdentifier(Vec<u8>),
}

/// One signer's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerInfo {
    /// Names the certificate.
    pub sid: SignerId,
    /// digestAlgorithm's OID.
    pub digest_algorithm: ObjectIdentifier,
    /// signedAttrs, absent when the signature covers the content itself.
    pub signed_attributes: Option<SignedAttributes>,
    /// signatureAlgorithm's OID.
    pub signature_algorithm: ObjectIdentifier,
    /// signatureAlgorithm's parameters, whole element, if present.
    pub signature_parameters: Option<Vec<u8>>,
    /// The signature's octets.
    pub signature: Vec<u8>,
}

/// Reads a DER `ContentInfo` of type signedData.
///
/// # Errors
/// `Malformed` for what does not parse, is cut short, has trailing octets, is BER, is another
/// content type, or carries certificates of another kind than X.509.
pub fn parse_signed_data(der: &[u8]) -> Result<SignedData> {
    let elements = split(der).map_err(|error| der_fault(&error))?;
    if elements.content_type != oids::SIGNED_DATA {
        return Err(malformed("is a CMS of another content type"));
    }
    let certificates = elements.certificates.iter().map(|der| {
        // Every other kind of CertificateChoices has a context tag.
        if der.first() == Some(&crate::der::tag::SEQUENCE) {
            Ok(der.to_vec())
        } else {
            Err(malformed("holds something else than X.509 certificates"))
        }
    });
    Ok(SignedData {
        content_type: elements.encapsulated.econtent_type,
        has_content: elements.encapsulated.econtent.is_some(),
        certificates: certificates.collect::<Result<_>>()?,
        signers: elements
            .signers
            .iter()
            .map(|der| read_signer(der))
            .collect::<Result<_>>()?,
    })
}

struct Elements<'a> {
    content_type: ObjectIdentifier,
    encapsulated: EncapsulatedContentInfo,
    certificates: Vec<&'a [u8]>,
    signers: Vec<&'a [u8]>,
}

/// The elements, certificates and signers as they came: certificates are read again where they
/// are judged, and must then be the very bytes.
fn split(der: &[u8]) -> der::Result<Elements<'_>> {
    let mut outer = SliceReader::new(der)?;
    let elements = outer.sequence(|info| {
        let content_type = info.decode::<ObjectIdentifier>()?;
        let header = Header::decode(info)?;
        header.tag.assert_eq(context(TagNumber::N0))?;
        info.read_nested(header.length, |explicit| {
            explicit.sequence(|data| {
                data.decode::<CmsVersion>()?;
                read_set(data, Tag::Set)?;
                let encapsulated = data.decode::<EncapsulatedContentInfo>()?;
                let certificates = read_optional_set(data, TagNumber::N0)?;
                // Revocation information sent along is not used: a verifier asks for its own.
                read_optional_set(data, TagNumber::N1)?;
                let signers = read_set(data, Tag::Set)?;
                Ok(Elements {
                    content_type,
                    encapsulated,
                    certificates,
                    signers,
                })
            })
        })
    })?;
    outer.finish(elements)
}

fn read_optional_set<'a>(
    reader: &mut impl Reader<'a>,
    number: TagNumber,
) -> der::Result<Vec<&'a [u8]>> {
    if reader.peek_tag()? == context(number) {
        read_set(reader, context(number))
    } else {
        Ok(Vec::new())
    }
}

fn read_set<'a>(reader: &mut impl Reader<'a>, tag: Tag) -> der::Result<Vec<&'a [u8]>> {
    let header = Header::decode(reader)?;
    header.tag.assert_eq(tag)?;
    elements(reader.read_slice(header.length)?)
}

fn elements(mut content: &[u8]) -> der::Result<Vec<&[u8]>> {
    let mut found = Vec::new();
    while !content.is_empty() {
        let element = SliceReader::new(content)?.tlv_bytes()?;
        content = &content[element.len()..];
        found.push(element);
    }
    Ok(found)
}

fn context(number: TagNumber) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number,
    }
}

/// The fields a signature needs; unsigned attributes are passed over.
fn read_signer(der: &[u8]) -> Result<SignerInfo> {
    let fault = |error| der_fault(&error);
    let mut outer = SliceReader::new(der).map_err(fault)?;
    let fields = outer
        .sequence(|fields| {
            let version = fields.decode::<CmsVersion>()?;
            let sid = fields.tlv_bytes()?;
            let digest = fields.decode::<AlgorithmIdentifierRef<'_>>()?;
            let has_attributes = fields.peek_tag()? == context(TagNumber::N0);
            let attributes = has_attributes.then(|| fields.tlv_bytes()).transpose()?;
            let algorithm = fields.decode::<AlgorithmIdentifierRef<'_>>()?;
            let signature = fields.decode::<OctetStringRef<'_>>()?;
            if !fields.is_finished() {
                fields.peek_tag()?.assert_eq(context(TagNumber::N1))?;
                fields.tlv_bytes()?;
            }
            Ok((version, sid, digest, attributes, algorithm, signature))
        })
        .and_then(|fields| outer.finish(fields))
        .map_err(fault)?;
    let (version, sid, digest, attributes, algorithm, signature) = fields;
    let sid = read_sid(sid)?;
    let expected = match sid {
        SignerId::IssuerAndSerial { .. } => CmsVersion::V1,
        SignerId::SubjectKeyIdentifier(_) => CmsVersion::V3,
    };
    // RFC 5652 5.3.
    if version != expected {
        return Err(malformed(
            "has a signer whose version does not fit its identifier",
        ));
    }
    Ok(SignerInfo {
        sid,
        digest_algorithm: digest.oid,
        signed_attributes: attributes
            .map(SignedAttributes::from_implicit)
            .transpose()?,
        signature_algorithm: algorithm.oid,
        signature_parameters: algorithm
            .parameters
            .map(|parameters| parameters.to_der())
            .transpose()
            .map_err(fault)?,
        signature: signature.as_bytes().to_vec(),
    })
}

fn read_sid(der: &[u8]) -> Result<SignerId> {
    if der.len() > MAX_NAME_OCTETS {
        return Err(malformed("names a signer by too long a name"));
    }
    let fault = |error| der_fault(&error);
    Ok(match SignerIdentifier::from_der(der).map_err(fault)? {
        SignerIdentifier::IssuerAndSerialNumber(id) => SignerId::IssuerAndSerial {
            issuer: id.issuer.to_der().map_err(fault)?,
            serial: id.serial_number.as_bytes().to_vec(),
        },
        SignerIdentifier::SubjectKeyIdentifier(id) => {
            SignerId::SubjectKeyIdentifier(id.0.as_bytes().to_vec())
        }
    })
}
