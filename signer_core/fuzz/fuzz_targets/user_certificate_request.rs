//! A person's key and a partition's name in arbitrary octets, any text in the other fields:
//! refused by field, or encoded to bytes that pass the profile check.
#![no_main]

use std::sync::LazyLock;

use formats::certificate::SignatureAlgorithm;
use formats::certificate::user::{
    RequestFields, TemplateInputs, UserCertificateRequest, UserCertificateTemplate,
};
use keys::{BatchSigner, SoftwareKey};
use libfuzzer_sys::fuzz_target;

/// `C=JP`.
const NAME: [u8; 15] = [
    0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 6, 0x13, 2, b'J', b'P',
];

static TEMPLATE: LazyLock<UserCertificateTemplate> = LazyLock::new(|| {
    UserCertificateTemplate::new(TemplateInputs {
        issuer: NAME.to_vec(),
        policy: "1.2.392.200149.99.1".into(),
        cps_url: "http://repository.example/cps".into(),
        issuer_alt_name: NAME.to_vec(),
        ocsp_url: None,
        issuer_key: public_key(),
        authority_key_identifier: vec![1; 20],
        signature: SignatureAlgorithm::Sha256,
    })
    .unwrap()
});

static KEY: LazyLock<Vec<u8>> = LazyLock::new(public_key);

fn public_key() -> Vec<u8> {
    let key = SoftwareKey::generate(2048).unwrap();
    key.verifying_key().spki().to_vec()
}

fuzz_target!(|input: (
    Option<Vec<u8>>,
    Option<Vec<u8>>,
    [String; 6],
    Vec<u8>,
    u16,
    u16
)| {
    let (public_key, partition, texts, serial, days, lasts) = input;
    let [prefecture, municipality, name, address, birth_date, url] = texts;
    let not_before = i64::from(days) * 86_400;
    let request = UserCertificateRequest::new(RequestFields {
        serial,
        not_before,
        not_after: not_before + i64::from(lasts) * 86_400 + 53_999,
        prefecture,
        municipality,
        common_name: "202601010900000000113101001A".into(),
        public_key: public_key.unwrap_or_else(|| KEY.clone()),
        name_substitutions: "0".repeat(name.chars().count()),
        address_substitutions: "1".repeat(address.chars().count()),
        name,
        birth_date,
        sex: "2".into(),
        address,
        partition: partition.unwrap_or_else(|| NAME.to_vec()),
        partition_url: (!url.is_empty()).then_some(url),
    });
    match request {
        Ok(request) => {
            let built = TEMPLATE
                .build(&request)
                .map(|checked| checked.octets().to_vec());
            // The check of bytes of any origin agrees with the one beside each signature.
            assert!(TEMPLATE.check(&request, &built.unwrap()).is_ok());
        }
        Err(error) => assert!(error.to_string().len() < 200),
    }
});
