use std::sync::Arc;

use base64ct::{Base64, Encoding};
use proptest::prelude::*;

use super::*;
use crate::testing::{Key, Made, MadeList, MadeResponse, name_in};

fn pem(label: &str, octets: &[u8]) -> String {
    format!(
        "subject = CN = somebody\r\n-----BEGIN {label}-----\r\n{}\r\n-----END {label}-----\r\n",
        Base64::encode_string(octets)
    )
}

#[test]
fn reads_what_files_hold() {
    let key = Key::new();
    let root = Made::authority("CA", &key).root(&key);
    let list = MadeList::of("CA").sign(&key);
    let response = MadeResponse::good().sign(&root, &key, &key);
    let text = [
        "\u{feff}",
        &pem("CERTIFICATE", root.octets()),
        &pem("X509 CRL", list.octets()),
        &pem("OCSP RESPONSE", response.octets()),
    ]
    .concat();
    let material = Material::read(text.as_bytes());
    assert_eq!(material.certificates().len(), 1);
    assert_eq!(material.lists().len(), 1);
    assert_eq!(material.responses().len(), 1);
    assert_eq!(material.left_out(), []);
    assert_eq!(Material::read(root.octets()).certificates().len(), 1);
    assert_eq!(Material::read(list.octets()).lists().len(), 1);
    assert_eq!(Material::read(response.octets()).responses().len(), 1);
}

#[test]
fn one_bad_element_ends_nothing() {
    let key = Key::new();
    let root = Made::authority("CA", &key).root(&key);
    let text = [
        pem("CERTIFICATE", &root.octets()[..40]),
        pem("PRIVATE KEY", b"0"),
        pem("X509 CRL", root.octets()),
        "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n".to_owned(),
        pem("CERTIFICATE", &[root.octets(), &[0]].concat()),
        pem("CERTIFICATE", root.octets()),
    ]
    .concat();
    let material = Material::read(text.as_bytes());
    // What is in a part says what it is; the label may be wrong.
    assert_eq!(material.certificates().len(), 2);
    let places: Vec<_> = material.left_out().iter().map(|one| one.place).collect();
    assert_eq!(places, [0, 1, 3, 4]);
    let pool = Pool::new(&[Arc::new(material)]);
    assert_eq!(pool.len(), 1);
    assert_eq!(pool.left_out().len(), 4);
    assert_eq!(Material::read(b"").left_out().len(), 1);
    assert_eq!(Material::read(b"hello").left_out().len(), 1);
}

#[test]
fn the_first_certificate_is_the_first_that_should_be_one() {
    let key = Key::new();
    let one = Made::authority("one", &key).root(&key);
    let two = Made::authority("two", &key).root(&key);
    let list = MadeList::of("one").sign(&key);
    let certificate = pem("CERTIFICATE", one.octets());
    let first = |text: &str| Material::read(text.as_bytes()).first_certificate().cloned();
    // What nobody would take for one may stand before it.
    for before in [
        pem("PRIVATE KEY", b"0"),
        pem("EC PARAMETERS", b"0"),
        pem("X509 CRL", list.octets()),
        "text\n".to_owned(),
    ] {
        let text = before + &certificate + &pem("CERTIFICATE", two.octets());
        assert_eq!(first(&text), Ok(one.clone()));
    }
    // The next one is not asked about in place of one that is broken.
    for broken in [
        pem("CERTIFICATE", &two.octets()[1..]),
        "-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n".to_owned(),
        "-----BEGIN CERTIFICATE-----\n".to_owned(),
    ] {
        assert!(first(&(broken + &certificate)).is_err());
    }
    assert!(Material::read(list.octets()).first_certificate().is_err());
    assert!(
        Material::read(&one.octets()[1..])
            .first_certificate()
            .is_err()
    );
    assert!(first("").is_err());
}

#[test]
fn names_are_found_in_whatever_string_type() {
    let key = Key::new();
    let utf8 = Made::authority("CA", &key).root(&key);
    let printable = Made::authority("CA", &key)
        .subject_der(name_in(0x13, "CA"))
        .root(&key);
    let materials = [&utf8, &printable].map(|one| Arc::new(Material::read(one.octets())));
    let pool = Pool::new(&materials);
    assert_eq!(pool.named(utf8.subject()).count(), 2);
    assert_eq!(pool.named(printable.subject()).count(), 2);
}

proptest! {
    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Material::read(&octets);
    }

    #[test]
    fn no_text_makes_it_panic(
        text in "(-----BEGIN |-----|END |CERTIFICATE|\n|[A-Za-z0-9+/=]{0,8}){0,20}"
    ) {
        let _ = Material::read(text.as_bytes());
    }
}
