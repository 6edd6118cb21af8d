//! What the parts are given: made up, of the sizes that the profile leads to.

use std::fmt::Debug;

use formats::certificate::SignatureAlgorithm;
use formats::certificate::user::{
    RequestFields, TemplateInputs, UserCertificateRequest, UserCertificateTemplate,
};
use formats::der::{Writer, oid::ObjectIdentifier, tag};
use keys::{BatchSigner, SoftwareKey};

/// 2026-11-23T00:00:00Z.
pub const NOW: i64 = 1_795_392_000;

/// Ends the run where the samples or the core fail: there is nothing to measure then.
pub trait Outcome<T> {
    /// The value, or the end.
    fn or_end(self) -> T;
}

impl<T, E: Debug> Outcome<T> for Result<T, E> {
    fn or_end(self) -> T {
        self.unwrap_or_else(|error| panic!("can't be measured: {error:?}"))
    }
}

/// Different ones of 64 octets.
pub fn messages(count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|number| [number.to_be_bytes(); 8].concat())
        .collect()
}

/// `Name` of a country and this common name.
pub fn name(common_name: &str) -> Vec<u8> {
    let mut w = Writer::new();
    w.sequence(|w| {
        part(w, "2.5.4.6", tag::PRINTABLE_STRING, "JP");
        part(w, "2.5.4.3", tag::UTF8_STRING, common_name);
    });
    w.into_vec()
}

fn part(w: &mut Writer, oid: &str, tag: u8, text: &str) {
    w.set(|w| {
        w.sequence(|w| {
            w.oid(&ObjectIdentifier::new(oid).or_end());
            w.tlv(tag, text.as_bytes());
        });
    });
}

pub fn authority(key: &SoftwareKey) -> UserCertificateTemplate {
    UserCertificateTemplate::new(TemplateInputs {
        issuer: name("Authority"),
        issuer_key: key.verifying_key().spki().to_vec(),
        signature: SignatureAlgorithm::Sha256,
        policy: "1.3.6.1.4.1.32473.1.1".into(),
        cps_url: "https://cps.openjpki.example/13".into(),
        issuer_alt_name: name("東京都"),
        ocsp_url: None,
        authority_key_identifier: vec![7; 20],
    })
    .or_end()
}

/// As many people with one key.
pub fn requests(count: u8) -> Vec<UserCertificateRequest> {
    let key = SoftwareKey::generate(2048).or_end();
    (0..count)
        .map(|number| UserCertificateRequest::new(fields(number, &key)).or_end())
        .collect()
}

fn fields(number: u8, key: &SoftwareKey) -> RequestFields {
    RequestFields {
        serial: [&[0x40], [number; 18].as_slice()].concat(),
        not_before: NOW,
        not_after: 1_890_053_999,
        prefecture: "Tokyo".into(),
        municipality: "Chiyoda-ku".into(),
        common_name: "202611230900000000113101001A".into(),
        public_key: key.verifying_key().spki().to_vec(),
        name: "阿部　千代".into(),
        birth_date: "319580921".into(),
        sex: "2".into(),
        address: "東京都千代田区飯田橋１丁目５番９号".into(),
        name_substitutions: "0".repeat(5),
        address_substitutions: "0".repeat(17),
        partition: name("13101"),
        partition_url: None,
    }
}
