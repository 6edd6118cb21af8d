//! A request that is nobody's: what a template is tried with before it makes anything for a person.

use super::inputs::TemplateInputs;
use super::request::{RequestFields, UserCertificateRequest};
use crate::der::Writer;
use crate::der::oid::RSA_ENCRYPTION;
use crate::error::Result;

/// 2026-01-01T00:00:00Z and, as the end of a day in Japan, 2028-12-31T14:59:59Z.
const VALIDITY: [i64; 2] = [1_767_225_600, 1_861_887_599];

/// Every field there is, none of it a person's.
pub(super) fn request(inputs: &TemplateInputs) -> Result<UserCertificateRequest> {
    let [not_before, not_after] = VALIDITY;
    UserCertificateRequest::new(RequestFields {
        serial: vec![0x5a; 20],
        not_before,
        not_after,
        prefecture: "Prefecture".into(),
        municipality: "Municipality".into(),
        common_name: "202601010000000000000000000A".into(),
        public_key: public_key(),
        name: "見本".into(),
        birth_date: "000000000".into(),
        sex: "0".into(),
        address: "見本".into(),
        name_substitutions: "01".into(),
        address_substitutions: "10".into(),
        // Any name will do.
        partition: inputs.issuer.clone(),
        partition_url: Some("http://sample.invalid/".into()),
    })
}

/// SubjectPublicKeyInfo around 2^2048 - 1: the right size and shape, and no secret factors, so that
/// nobody could take it for a key.
fn public_key() -> Vec<u8> {
    let mut key = Writer::new();
    key.sequence(|w| {
        w.unsigned(&[0xff; 256]);
        w.unsigned_u64(65_537);
    });
    let mut info = Writer::new();
    info.sequence(|w| {
        w.algorithm_with_null(&RSA_ENCRYPTION);
        w.bit_string(key.as_slice());
    });
    info.into_vec()
}
