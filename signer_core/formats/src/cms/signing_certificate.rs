//! Which certificate a signer says is its own: ESS signingCertificate and signingCertificateV2
//! (RFC 5035 sections 3 to 5).

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};
use x509_cert::spki::AlgorithmIdentifierRef;

use super::oids::SHA1;
use super::skip_rest;
use crate::der::oid::SHA256;

/// The first certificate of the attribute, which is the signer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningCertificate {
    /// SHA-1 in the first version of the attribute; SHA-256 unless said otherwise in the second.
    pub hash_algorithm: ObjectIdentifier,
    /// Hash of the whole certificate.
    pub hash: Vec<u8>,
    /// issuerSerial, where there is one: the issuer's `Name` (absent when it is named in another
    /// way than by exactly one directoryName) and the serial's INTEGER content.
    pub issuer_serial: Option<(Option<Vec<u8>>, Vec<u8>)>,
}

/// `SigningCertificate[V2] ::= SEQUENCE { certs SEQUENCE OF ESSCertID[v2], … }`, where
/// `ESSCertIDv2 ::= SEQUENCE { hashAlgorithm DEFAULT sha256, certHash, issuerSerial OPTIONAL }`.
pub(super) fn signing_certificate(
    value: AnyRef<'_>,
    second: bool,
) -> der::Result<SigningCertificate> {
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
        let mut hash_algorithm = if second { SHA256 } else { SHA1 };
        if second && id.peek_tag()? == Tag::Sequence {
            hash_algorithm = id.decode::<AlgorithmIdentifierRef<'_>>()?.oid;
        }
        let hash = id.decode::<OctetStringRef<'_>>()?.as_bytes().to_vec();
        let issuer_serial = if id.is_finished() {
            None
        } else {
            Some(issuer_serial(id)?)
        };
        Ok(SigningCertificate {
            hash_algorithm,
            hash,
            issuer_serial,
        })
    })?;
    reader.finish(found)
}

/// `IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber }`.
fn issuer_serial<'a>(id: &mut impl Reader<'a>) -> der::Result<(Option<Vec<u8>>, Vec<u8>)> {
    id.sequence(|it| {
        let issuer = it.sequence(|names| {
            let only = names.tlv_bytes()?;
            let alone = names.is_finished();
            skip_rest(names)?;
            Ok(alone.then_some(only).and_then(directory_name))
        })?;
        let serial = it.decode::<AnyRef<'_>>()?;
        serial.tag().assert_eq(Tag::Integer)?;
        Ok((issuer, serial.value().to_vec()))
    })
}

/// The `Name` inside a directoryName, `[4]` EXPLICIT.
fn directory_name(general_name: &[u8]) -> Option<Vec<u8>> {
    let read = AnyRef::from_der(general_name).ok()?;
    let tag = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber::N4,
    };
    (read.tag() == tag).then(|| read.value().to_vec())
}
