//! Certificates, revocation lists and OCSP responses as strangers send them. What is accepted is
//! kept as it came, and what it says of itself can be asked for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use path::pool::Material;
use path::{Certificate, OcspResponse, RevocationList};

fuzz_target!(|octets: &[u8]| {
    match Certificate::read(octets) {
        Ok(certificate) => {
            assert_eq!(certificate.octets(), octets);
            assert!(certificate.serial().len() < octets.len());
            assert_eq!(certificate.subject(), certificate.subject());
            let _ = certificate.is_self_issued();
        }
        Err(error) => assert!(error.to_string().len() < 300),
    }
    match RevocationList::read(octets) {
        Ok(list) => {
            assert_eq!(list.octets(), octets);
            // An entry takes a serial number and a time at least.
            assert!(list.len() <= octets.len() / 16);
        }
        Err(error) => assert!(error.to_string().len() < 300),
    }
    if let Err(error) = OcspResponse::read(octets) {
        assert!(error.to_string().len() < 300);
    }
    let material = Material::read(octets);
    let read = material.certificates().len() + material.lists().len() + material.responses().len();
    assert!(read + material.left_out().len() <= octets.len() + 1);
});
