//! `OCSPRequest` from foreign bytes (RFC 6960 4.1.1).

use std::sync::Arc;

use der::asn1::{BitStringRef, ObjectIdentifier};
use der::{Decode, Encode, Reader, Sequence, SliceReader, Tag, TagNumber};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::spki::AlgorithmIdentifierRef;
use x509_ocsp::Version;

use super::certid::{Asked, CertId};
use super::extensions::{check_single_extensions, read_request_extensions};
use crate::der::tag;
use crate::error::{Error, Result};

/// The parser sorts the members of a name's SETs in quadratic time: real names are far shorter.
const MAX_NAME_OCTETS: usize = 4096;

/// `TBSRequest`, whose CertIDs may hold any serial number.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct TbsRequest<'a> {
    #[asn1(
        context_specific = "0",
        default = "Default::default",
        tag_mode = "EXPLICIT"
    )]
    version: Version,
    #[asn1(context_specific = "1", optional = "true", tag_mode = "EXPLICIT")]
    requestor_name: Option<GeneralName>,
    request_list: Vec<Single<'a>>,
    #[asn1(context_specific = "2", optional = "true", tag_mode = "EXPLICIT")]
    request_extensions: Option<Extensions>,
}

/// `Request`.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
struct Single<'a> {
    req_cert: Asked<'a>,
    #[asn1(context_specific = "0", optional = "true", tag_mode = "EXPLICIT")]
    single_request_extensions: Option<Extensions>,
}

/// A request whose every part was read and whose limits hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspRequest {
    /// requestorName as `Name` DER, where it is a directoryName.
    pub requestor_directory_name: Option<Vec<u8>>,
    /// What is asked, in order; at least one.
    pub cert_ids: Vec<Arc<CertId>>,
    /// 1 to 128 octets (RFC 9654).
    pub nonce: Option<Vec<u8>>,
    /// The requester's signature, not verified here.
    pub signature: Option<RequestSignature>,
}

/// `Signature` of a request and what it covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestSignature {
    /// The signed bytes exactly as received.
    pub tbs: Vec<u8>,
    /// signatureAlgorithm's OID.
    pub algorithm: ObjectIdentifier,
    /// signatureAlgorithm's parameters, whole element, if present.
    pub parameters: Option<Vec<u8>>,
    /// The BIT STRING's octets.
    pub signature: Vec<u8>,
    /// Certificates sent along, each as received.
    pub certificates: Vec<Vec<u8>>,
}

/// Reads a request with at most `max_requests` single requests.
///
/// # Errors
/// `Malformed` for what does not parse, is cut short or has trailing octets; for no or too many
/// single requests; for a nonce outside RFC 9654's sizes; for an unknown critical extension.
pub fn parse_request(der: &[u8], max_requests: usize) -> Result<OcspRequest> {
    let (tbs, signature) = split(der).map_err(der_fault)?;
    let name_octets = requestor_name_octets(tbs).map_err(der_fault)?;
    if name_octets > MAX_NAME_OCTETS {
        return Err(malformed("has too long a requestorName"));
    }
    let parsed = TbsRequest::from_der(tbs).map_err(der_fault)?;
    if parsed.request_list.is_empty() {
        return Err(malformed("asks about no certificate"));
    }
    if parsed.request_list.len() > max_requests {
        return Err(malformed("asks about too many certificates"));
    }
    let extensions = parsed.request_extensions.as_deref().unwrap_or_default();
    let nonce = read_request_extensions(extensions).map_err(malformed)?;
    for single in &parsed.request_list {
        let extensions = single.single_request_extensions.as_deref();
        check_single_extensions(extensions.unwrap_or_default()).map_err(malformed)?;
    }
    let requestor_directory_name = match &parsed.requestor_name {
        Some(GeneralName::DirectoryName(name)) => Some(name.to_der()),
        _ => None,
    };
    let requestor_directory_name = requestor_directory_name
        .transpose()
        .map_err(|_| malformed("has a requestorName that can't be written back"))?;
    Ok(OcspRequest {
        requestor_directory_name,
        cert_ids: parsed
            .request_list
            .iter()
            .map(|single| CertId::from_parsed(&single.req_cert))
            .collect::<Result<_>>()?,
        nonce,
        signature,
    })
}

/// The to-be-signed element and the optional signature. Certificates stay as they came: whether
/// one of them is any good is the verifier's question.
fn split(der: &[u8]) -> der::Result<(&[u8], Option<RequestSignature>)> {
    let mut outer = SliceReader::new(der)?;
    let parts = outer.sequence(|request| {
        let tbs = request.tlv_bytes()?;
        let signature = if request.is_finished() {
            None
        } else {
            expect_context_0(request)?;
            Some(read_signature(request, tbs)?)
        };
        Ok((tbs, signature))
    })?;
    outer.finish(parts)
}

/// Octets of the optional `[1]` requestorName, which follows the optional `[0]` version.
fn requestor_name_octets(tbs: &[u8]) -> der::Result<usize> {
    let mut fields = SliceReader::new(tbs)?;
    let header = der::Header::decode(&mut fields)?;
    header.tag.assert_eq(Tag::Sequence)?;
    let mut next = fields.tlv_bytes()?;
    if next.first() == Some(&tag::context_constructed(0)) {
        next = fields.tlv_bytes()?;
    }
    let is_name = next.first() == Some(&tag::context_constructed(1));
    Ok(if is_name { next.len() } else { 0 })
}

fn read_signature<'a>(reader: &mut impl Reader<'a>, tbs: &[u8]) -> der::Result<RequestSignature> {
    reader.sequence(|fields| {
        let algorithm = fields.decode::<AlgorithmIdentifierRef<'_>>()?;
        let bits = fields.decode::<BitStringRef<'_>>()?;
        let signature = bits
            .as_bytes()
            .ok_or_else(|| Tag::BitString.value_error())?;
        let mut certificates = Vec::new();
        if !fields.is_finished() {
            expect_context_0(fields)?;
            fields.sequence(|list| {
                while !list.is_finished() {
                    list.peek_header()?.tag.assert_eq(Tag::Sequence)?;
                    certificates.push(list.tlv_bytes()?.to_vec());
                }
                Ok(())
            })?;
        }
        Ok(RequestSignature {
            tbs: tbs.to_vec(),
            algorithm: algorithm.oid,
            parameters: algorithm.parameters.map(|p| p.to_der()).transpose()?,
            signature: signature.to_vec(),
            certificates,
        })
    })
}

/// Steps into `[0] EXPLICIT`, whose content must be all that is left of its parent.
fn expect_context_0<'a>(reader: &mut impl Reader<'a>) -> der::Result<()> {
    let header = der::Header::decode(reader)?;
    header.tag.assert_eq(Tag::ContextSpecific {
        constructed: true,
        number: TagNumber::N0,
    })?;
    if header.length == reader.remaining_len() {
        Ok(())
    } else {
        Err(header.tag.length_error())
    }
}

fn der_fault(error: der::Error) -> Error {
    Error::not_der("OCSPRequest", error.kind())
}

fn malformed(rule: &'static str) -> Error {
    Error::malformed("OCSPRequest", rule)
}
