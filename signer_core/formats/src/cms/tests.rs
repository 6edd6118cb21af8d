//! What is written is read back, by this reader and by the `cms` crate's; what is bent is refused.

use std::sync::LazyLock;

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData as TheirSignedData;
use der::{Decode, Encode};
use proptest::prelude::*;

use super::*;
use crate::der::{Writer, oid, tag};
use crate::error::Kind;
use crate::signing::testing::TestKey;
use crate::signing::{Hash, Signer as _};

const TIME: i64 = 1_767_225_600;

struct Signer {
    key: TestKey,
    certificate: Vec<u8>,
    container: Vec<u8>,
}

/// A certificate with the least the encoder reads: a name, a serial and the key.
fn certificate(key: &TestKey) -> Vec<u8> {
    let name = "CN=13101,C=JP".parse::<x509_cert::name::Name>().unwrap();
    let name = name.to_der().unwrap();
    let time = crate::der::Time::from_unix(TIME).unwrap();
    let mut tbs = Writer::new();
    tbs.sequence(|w| {
        w.context(0, |w| w.unsigned_u64(2));
        w.unsigned(&[0x9a; 16]);
        w.algorithm_with_null(&oid::SHA256_WITH_RSA);
        w.raw(&name);
        w.sequence(|w| {
            w.time(&time);
            w.time(&time);
        });
        w.raw(&name);
        w.raw(key.public_key().spki());
    });
    let signature = key.sign(tbs.as_slice());
    let mut whole = Writer::new();
    whole.sequence(|w| {
        w.raw(tbs.as_slice());
        w.algorithm_with_null(&oid::SHA256_WITH_RSA);
        w.bit_string(&signature);
    });
    whole.into_vec()
}

static SIGNER: LazyLock<Signer> = LazyLock::new(|| {
    let key = TestKey::generate();
    let certificate = certificate(&key);
    let attributes = signed_attributes(&[3; 32], &certificate, TIME).unwrap();
    let signature = key.sign(&attributes);
    let container = assemble(&attributes, &certificate, &signature).unwrap();
    Signer {
        key,
        certificate,
        container,
    }
});

fn refusal(der: &[u8]) -> String {
    match parse_signed_data(der) {
        Err(error) if matches!(error.kind(), Kind::Malformed | Kind::TrailingBytes) => {
            error.to_string()
        }
        other => panic!("not refused as malformed: {other:?}"),
    }
}

/// The container with one stretch of octets replaced by another of the same length.
fn replaced(from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut der = SIGNER.container.clone();
    let place = der
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    der[place..place + to.len()].copy_from_slice(to);
    der
}

#[test]
fn a_written_signature_is_read_back_whole() {
    let read = parse_signed_data(&SIGNER.container).unwrap();
    assert_eq!(read.content_type, oids::DATA);
    assert_eq!(read.content, None);
    assert_eq!(read.certificates, std::slice::from_ref(&SIGNER.certificate));
    let [Ok(signer)] = read.signers.as_slice() else {
        panic!("one signer was written");
    };
    let certificate = x509_cert::Certificate::from_der(&SIGNER.certificate).unwrap();
    let issuer = certificate.tbs_certificate.issuer.to_der().unwrap();
    let serial = [&[0][..], &[0x9a; 16]].concat();
    assert_eq!(signer.sid, SignerId::IssuerAndSerial { issuer, serial });
    assert_eq!(signer.digest_algorithm.oid, oid::SHA256);
    assert_eq!(signer.signature_algorithm.oid, oid::SHA256_WITH_RSA);
    assert_eq!(signer.signature_algorithm.parameters, Some(vec![5, 0]));
    let attributes = signer.signed_attributes.as_ref().unwrap();
    assert_eq!(attributes.content_type, Some(oids::DATA));
    assert_eq!(attributes.message_digest, Some(vec![3; 32]));
    assert_eq!(attributes.signing_time, Some(TIME));
    let hash = Hash::Sha256.digest(&SIGNER.certificate);
    let named = SigningCertificate {
        hash_algorithm: oid::SHA256,
        hash: hash.as_bytes().to_vec(),
        issuer_serial: None,
    };
    assert_eq!(attributes.signing_certificates, [named]);
    assert_eq!(attributes.algorithm_protection, None);
    let digest = Hash::Sha256.digest(&attributes.der);
    assert!(SIGNER.key.public_key().verifies(&digest, &signer.signature));
}

#[test]
fn the_cms_crate_writes_the_same_octets() {
    let info = ContentInfo::from_der(&SIGNER.container).unwrap();
    assert_eq!(info.to_der().unwrap(), SIGNER.container);
    let data: TheirSignedData = info.content.decode_as().unwrap();
    assert_eq!(data.signer_infos.0.len(), 1);
    assert_eq!(data.to_der().unwrap(), info.content.to_der().unwrap());
}

#[test]
fn cut_short_or_continued_containers_are_malformed() {
    for cut in 0..SIGNER.container.len() {
        refusal(&SIGNER.container[..cut]);
    }
    assert!(refusal(&[&SIGNER.container[..], &[0]].concat()).contains("after its end"));
}

#[test]
fn indefinite_lengths_are_refused_as_ber() {
    let mut der = SIGNER.container.clone();
    der[1] = 0x80;
    assert!(refusal(&der).contains("BER"));
}

#[test]
fn what_begins_as_a_container_is_told_from_text() {
    let whole = &SIGNER.container;
    assert!(begins_as_content_info(whole));
    assert!(begins_as_content_info(&whole[..whole.len() / 2]));
    assert!(begins_as_content_info(&[&whole[..], b"\n"].concat()));
    let indefinite = [b"\x30\x80", &oids::SIGNED_DATA.to_der().unwrap()[..]].concat();
    assert!(begins_as_content_info(&indefinite));
    for text in [
        &b""[..],
        b"0",
        b"0 of 1\n-----BEGIN CMS-----\n",
        b"0\x82\xa0\n-----BEGIN CMS-----\n",
        b"\x30\x80-----BEGIN CMS-----\n",
        b"\x30\x00",
        &whole[2..],
    ] {
        assert!(!begins_as_content_info(text), "{text:?}");
    }
}

#[test]
fn another_content_type_is_refused() {
    let from = oids::SIGNED_DATA.to_der().unwrap();
    let mut to = from.clone();
    // id-envelopedData is the next number of the same arc.
    *to.last_mut().unwrap() += 1;
    assert!(refusal(&replaced(&from, &to)).contains("another content type"));
}

#[test]
fn other_kinds_of_certificates_are_passed_over() {
    let from = [
        0xa0,
        0x82,
        SIGNER.certificate_len()[0],
        SIGNER.certificate_len()[1],
        0x30,
    ];
    let mut to = from;
    to[4] = 0xa1;
    let read = parse_signed_data(&replaced(&from, &to)).unwrap();
    assert!(read.certificates.is_empty());
    assert_eq!(read.signers.len(), 1);
}

#[test]
fn nesting_without_end_is_refused_within_the_stack() {
    let mut ber = [0x30, 0x80].repeat(200_000);
    refusal(&ber);
    ber.extend([0, 0].repeat(200_000));
    refusal(&ber);
    // The same where anything may stand: inside what is passed over.
    let mut list = vec![0xa1, 0x80];
    list.extend_from_slice(&ber);
    list.extend([0, 0]);
    let mut reader = SIGNER.container.clone();
    reader.extend(list);
    refusal(&reader);
}

#[test]
fn a_signers_version_must_fit_its_identifier() {
    // SignerInfo begins with its version and the issuer's SEQUENCE; the serial ends the sid.
    let certificate = x509_cert::Certificate::from_der(&SIGNER.certificate).unwrap();
    let issuer = certificate.tbs_certificate.issuer.to_der().unwrap();
    let sid_len = u8::try_from(issuer.len() + 19).unwrap();
    let from = [&[2, 1, 1, 0x30, sid_len], &issuer[..]].concat();
    let mut to = from.clone();
    to[2] = 3;
    assert!(refusal(&replaced(&from, &to)).contains("version"));
}

impl Signer {
    fn certificate_len(&self) -> [u8; 2] {
        u16::try_from(self.certificate.len()).unwrap().to_be_bytes()
    }
}

fn attributes_of(members: Vec<Vec<u8>>, sorted: bool) -> Vec<u8> {
    let mut w = Writer::new();
    if sorted {
        w.set_of(members);
    } else {
        w.tlv(tag::SET, &members.concat());
    }
    let mut der = w.into_vec();
    der[0] = tag::context_constructed(0);
    der
}

fn attribute(oid: &oid::ObjectIdentifier, values: &[u8]) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        w.oid(oid);
        w.tlv(tag::SET, values);
    });
    w.into_vec()
}

fn octets(count: usize) -> Vec<u8> {
    let mut w = Writer::new();
    w.tlv(tag::OCTET_STRING, &vec![7; count]);
    w.into_vec()
}

/// RFC 5652 11.3: UTCTime from 1950 through 2049, GeneralizedTime before and after.
#[test]
fn a_signing_time_may_be_of_any_year() {
    let read = |tag: u8, digits: &str| {
        let mut w = Writer::new();
        w.tlv(tag, digits.as_bytes());
        let time = attribute(&oids::SIGNING_TIME, &w.into_vec());
        let read = SignedAttributes::from_implicit(&attributes_of(vec![time], true));
        read.ok().and_then(|attributes| attributes.signing_time)
    };
    for (tag, digits, seconds) in [
        (tag::UTC_TIME, "700101000000Z", 0),
        (tag::UTC_TIME, "691231235959Z", -1),
        (tag::UTC_TIME, "500101000000Z", -631_152_000),
        (tag::UTC_TIME, "491231235959Z", 2_524_607_999),
        (tag::UTC_TIME, "000229120000Z", 951_825_600),
        (tag::GENERALIZED_TIME, "20500101000000Z", 2_524_608_000),
        (tag::GENERALIZED_TIME, "19491231235959Z", -631_152_001),
        (tag::GENERALIZED_TIME, "00000101000000Z", -62_167_219_200),
        (tag::GENERALIZED_TIME, "99991231235959Z", 253_402_300_799),
    ] {
        assert_eq!(read(tag, digits), Some(seconds), "{digits}");
    }
    for (tag, digits) in [
        (tag::UTC_TIME, "6912312359Z"),
        (tag::UTC_TIME, "691231235959"),
        (tag::UTC_TIME, "691231235959+0000"),
        (tag::UTC_TIME, "690229000000Z"),
        (tag::UTC_TIME, "691231235960Z"),
        (tag::UTC_TIME, "19691231235959Z"),
        (tag::UTC_TIME, "69123123595 Z"),
        (tag::UTC_TIME, "Z"),
        (tag::UTC_TIME, ""),
        (tag::GENERALIZED_TIME, "19691231235959.5Z"),
        (tag::GENERALIZED_TIME, "691231235959Z"),
        (tag::OCTET_STRING, "691231235959Z"),
    ] {
        assert_eq!(read(tag, digits), None, "{digits}");
    }
}

#[test]
fn signed_attributes_must_be_der_and_stand_once() {
    let null = [5, 0];
    let digest = attribute(&oids::MESSAGE_DIGEST, &[4, 1, 7]);
    let other_digest = attribute(&oids::MESSAGE_DIGEST, &[4, 1, 8]);
    let time = attribute(&oids::SIGNING_TIME, &null);
    let unknown = attribute(&oid::ObjectIdentifier::new_unwrap("1.2.3.4"), &null);
    let good = attributes_of(vec![unknown.clone(), digest.clone()], true);
    let read = SignedAttributes::from_implicit(&good).unwrap();
    assert_eq!(read.message_digest, Some(vec![7]));
    assert_eq!((read.content_type, read.signing_time), (None, None));
    let two_values = attribute(&oids::MESSAGE_DIGEST, &[4, 1, 7, 4, 1, 8]);
    let no_value = attribute(&oids::MESSAGE_DIGEST, &[]);
    for (why, members, sorted) in [
        ("not in DER", vec![digest.clone(), unknown.clone()], false),
        ("only once", vec![digest.clone(), other_digest], true),
        ("only once", vec![two_values], true),
        ("only once", vec![no_value], true),
        ("not DER of its type", vec![time], true),
        ("only once", vec![digest.clone(), digest], false),
    ] {
        let refused = SignedAttributes::from_implicit(&attributes_of(members, sorted));
        let text = refused.unwrap_err().to_string();
        assert!(text.contains(why), "{why}: {text}");
    }
    let long = attribute(
        &oid::ObjectIdentifier::new_unwrap("1.2.3.4"),
        &octets(200 << 10),
    );
    let read = SignedAttributes::from_implicit(&attributes_of(vec![long], true)).unwrap();
    assert!(read.der.len() > 200 << 10);
    let many = vec![unknown; 400_000];
    let refused = SignedAttributes::from_implicit(&attributes_of(many, true));
    assert!(refused.unwrap_err().to_string().contains("4 MiB"));
}

#[test]
fn what_can_not_be_signed_is_refused() {
    let certificate = &SIGNER.certificate;
    assert!(signed_attributes(&[0; 31], certificate, TIME).is_err());
    assert!(signed_attributes(&[0; 32], certificate, i64::MAX).is_err());
    let attributes = signed_attributes(&[0; 32], certificate, TIME).unwrap();
    assert!(assemble(&attributes, &certificate[1..], &[0; 256]).is_err());
    assert!(assemble(&attributes[1..], certificate, &[0; 256]).is_err());
    assert!(assemble(&[], certificate, &[0; 256]).is_err());
}

proptest! {
    #[test]
    fn altered_containers_are_read_or_refused(place in 0..4000_usize, octet in any::<u8>()) {
        let mut der = SIGNER.container.clone();
        let place = place % der.len();
        der[place] = octet;
        // Either answer is right; a panic is not.
        let _ = parse_signed_data(&der);
    }
}
