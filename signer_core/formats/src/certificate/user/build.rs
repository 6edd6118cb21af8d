//! To-be-signed bytes from the template's parts and one request.

use aws_lc_rs::digest;

use super::request::UserCertificateRequest;
use super::segments;
use crate::certificate::asked::Asked;
use crate::certificate::bounds::{is_asked, require_fitting};
use crate::certificate::build::{URL, country, extension};
use crate::certificate::kinds::USER;
use crate::certificate::oids;
use crate::certificate::profile::ExtensionRule;
use crate::der::oid::ObjectIdentifier;
use crate::der::{Time, Writer, tag, tlv_len, unsigned_content_len};
use crate::error::Result;

/// What is constant for an authority, as finished DER elements in the order they are used.
pub(super) struct Parts {
    /// `[0] EXPLICIT` version v3.
    version: Vec<u8>,
    /// signature AlgorithmIdentifier and issuer come after the serial.
    signature_and_issuer: Vec<u8>,
    /// First RDN of the subject: C=JP.
    country: Vec<u8>,
    /// Extensions before subjectAltName.
    before_subject_alt_name: Vec<u8>,
    /// Extensions between it and cRLDistributionPoints.
    before_distribution_points: Vec<u8>,
    /// Extensions between that and subjectKeyIdentifier.
    before_subject_key_identifier: Vec<u8>,
}

impl Parts {
    /// From what the sample asks: all certificates of the authority have it in common.
    pub(super) fn new(asked: &Asked) -> Result<Self> {
        require_fitting(&USER, asked)?;
        let [before_names, before_points, before_identifier] = segments::constant()?;
        Ok(Self {
            version: written(|w| w.context(0, |w| w.unsigned_u64(2))),
            signature_and_issuer: written(|w| {
                w.algorithm_with_null(&asked.signature.oid());
                w.raw(&asked.issuer);
            }),
            country: try_written(country)?,
            before_subject_alt_name: extensions(before_names, asked)?,
            before_distribution_points: extensions(before_points, asked)?,
            before_subject_key_identifier: extensions(before_identifier, asked)?,
        })
    }
}

fn extensions(rules: &[ExtensionRule], asked: &Asked) -> Result<Vec<u8>> {
    try_written(|w| {
        rules
            .iter()
            .filter(|rule| is_asked(&rule.extension, &asked.values))
            .try_for_each(|rule| extension(w, &rule.extension, rule.critical, asked))
    })
}

/// TBSCertificate of one request: every length is computed first, then the octets are written once,
/// in order, into a buffer of just that size.
pub(super) fn tbs_certificate(parts: &Parts, request: &UserCertificateRequest) -> Result<Vec<u8>> {
    let fields = request.fields();
    let validity = [fields.not_before, fields.not_after];
    let [not_before, not_after] = validity.map(Time::from_unix);
    let validity = [not_before?, not_after?];
    // RFC 5280 4.2.1.2 method (1): SHA-1 of the BIT STRING's octets. No protection rests on it.
    let identifier = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, request.key());
    let lengths = Lengths::of(parts, request, &validity);
    let content = lengths.content(parts, request);
    let mut w = Writer::with_capacity(tlv_len(content));
    w.header(tag::SEQUENCE, content);
    w.raw(&parts.version);
    w.unsigned(&fields.serial);
    w.raw(&parts.signature_and_issuer);
    w.header(tag::SEQUENCE, lengths.validity);
    for time in &validity {
        w.time(time);
    }
    w.header(tag::SEQUENCE, lengths.subject);
    w.raw(&parts.country);
    for (attribute, text) in subject(request) {
        let pair = oid_len(attribute) + tlv_len(text.len());
        open(&mut w, [tag::SET, tag::SEQUENCE], pair);
        w.oid(attribute);
        w.utf8_string(text);
    }
    w.raw(&fields.public_key);
    let around = [tag::context_constructed(3), tag::SEQUENCE];
    open(&mut w, around, lengths.extensions);
    w.raw(&parts.before_subject_alt_name);
    open_extension(
        &mut w,
        &oids::SUBJECT_ALT_NAME,
        tlv_len(lengths.other_names),
    );
    w.header(tag::SEQUENCE, lengths.other_names);
    for (arc, text) in oids::OTHER_NAMES.iter().zip(request.other_names()) {
        // GeneralName.otherName [0] IMPLICIT, its value [0] EXPLICIT.
        w.header(tag::context_constructed(0), other_name_len(arc, text));
        w.oid(arc);
        w.header(tag::context_constructed(0), tlv_len(text.len()));
        w.utf8_string(text);
    }
    w.raw(&parts.before_distribution_points);
    open_extension(
        &mut w,
        &oids::CRL_DISTRIBUTION_POINTS,
        wrapped_len(POINT_NAMES.len(), lengths.point_names),
    );
    open(&mut w, POINT_NAMES, lengths.point_names);
    w.tlv(tag::context_constructed(4), &fields.partition);
    if let Some(url) = &fields.partition_url {
        w.ia5_string(URL, url)?;
    }
    w.raw(&parts.before_subject_key_identifier);
    let identifier = identifier.as_ref();
    open_extension(
        &mut w,
        &oids::SUBJECT_KEY_IDENTIFIER,
        tlv_len(identifier.len()),
    );
    w.octet_string(identifier);
    Ok(w.into_vec())
}

/// One DistributionPoint whose names are two ways to the same list (RFC 5280 4.2.1.13): points,
/// point, distributionPoint, fullName.
const POINT_NAMES: [u8; 4] = [
    tag::SEQUENCE,
    tag::SEQUENCE,
    tag::context_constructed(0),
    tag::context_constructed(0),
];

/// Content octets of everything whose length differs from person to person.
struct Lengths {
    validity: usize,
    subject: usize,
    other_names: usize,
    point_names: usize,
    extensions: usize,
}

impl Lengths {
    fn of(parts: &Parts, request: &UserCertificateRequest, validity: &[Time]) -> Self {
        let fields = request.fields();
        let rdn = |(oid, text): (_, &str)| wrapped_len(2, oid_len(oid) + tlv_len(text.len()));
        let other_names = oids::OTHER_NAMES
            .iter()
            .zip(request.other_names())
            .map(|(arc, text)| tlv_len(other_name_len(arc, text)))
            .sum();
        let url = fields.partition_url.as_deref();
        let point_names = tlv_len(fields.partition.len()) + url.map_or(0, |u| tlv_len(u.len()));
        Self {
            validity: validity.iter().map(|t| tlv_len(t.rfc5280().1.len())).sum(),
            subject: parts.country.len() + subject(request).into_iter().map(rdn).sum::<usize>(),
            other_names,
            point_names,
            extensions: parts.before_subject_alt_name.len()
                + extension_len(&oids::SUBJECT_ALT_NAME, tlv_len(other_names))
                + parts.before_distribution_points.len()
                + extension_len(
                    &oids::CRL_DISTRIBUTION_POINTS,
                    wrapped_len(POINT_NAMES.len(), point_names),
                )
                + parts.before_subject_key_identifier.len()
                + extension_len(
                    &oids::SUBJECT_KEY_IDENTIFIER,
                    tlv_len(digest::SHA1_OUTPUT_LEN),
                ),
        }
    }

    /// Of the TBSCertificate.
    fn content(&self, parts: &Parts, request: &UserCertificateRequest) -> usize {
        let fields = request.fields();
        parts.version.len()
            + tlv_len(unsigned_content_len(&fields.serial))
            + parts.signature_and_issuer.len()
            + tlv_len(self.validity)
            + tlv_len(self.subject)
            + fields.public_key.len()
            + wrapped_len(2, self.extensions)
    }
}

/// What comes after the country, in order.
fn subject(request: &UserCertificateRequest) -> [(&'static ObjectIdentifier, &str); 3] {
    let fields = request.fields();
    [
        (&oids::LOCALITY, &fields.prefecture),
        (&oids::LOCALITY, &fields.municipality),
        (&oids::COMMON_NAME, &fields.common_name),
    ]
}

/// Octets of elements each of which is all the content of the one around it, `content_len` in the
/// innermost.
fn wrapped_len(depth: usize, content_len: usize) -> usize {
    (0..depth).fold(content_len, |len, _| tlv_len(len))
}

/// Headers of such elements, the outermost first; the caller writes `content_len` octets next.
fn open<const DEPTH: usize>(w: &mut Writer, tags: [u8; DEPTH], content_len: usize) {
    for (place, tag) in tags.into_iter().enumerate() {
        w.header(tag, wrapped_len(DEPTH - 1 - place, content_len));
    }
}

/// Start of an `Extension` that is not critical; the caller writes a value of `value_len` octets.
fn open_extension(w: &mut Writer, oid: &ObjectIdentifier, value_len: usize) {
    w.header(tag::SEQUENCE, oid_len(oid) + tlv_len(value_len));
    w.oid(oid);
    w.header(tag::OCTET_STRING, value_len);
}

fn extension_len(oid: &ObjectIdentifier, value_len: usize) -> usize {
    tlv_len(oid_len(oid) + tlv_len(value_len))
}

fn other_name_len(arc: &ObjectIdentifier, text: &str) -> usize {
    oid_len(arc) + wrapped_len(2, text.len())
}

fn oid_len(oid: &ObjectIdentifier) -> usize {
    tlv_len(oid.as_bytes().len())
}

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut w = Writer::new();
    write(&mut w);
    w.into_vec()
}

fn try_written(write: impl FnOnce(&mut Writer) -> Result<()>) -> Result<Vec<u8>> {
    let mut w = Writer::new();
    write(&mut w)?;
    Ok(w.into_vec())
}
