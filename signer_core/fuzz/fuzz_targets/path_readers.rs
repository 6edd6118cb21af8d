//! Certificates, requests, revocation lists and OCSP responses as strangers send them. What is
//! accepted is kept as it came, and what it says of itself can be asked for; a list that is not kept is
//! read as one that is.
#![no_main]

use libfuzzer_sys::fuzz_target;
use path::crl::Survey;
use path::pool::Material;
use path::{Certificate, CertificationRequest, OcspResponse, RevocationList};

fuzz_target!(|octets: &[u8]| {
    match Certificate::read(octets) {
        Ok(certificate) => {
            assert_eq!(certificate.octets(), octets);
            assert!(certificate.serial().len() < octets.len());
            assert_eq!(certificate.subject(), certificate.subject());
            let _ = certificate.is_self_issued();
            assert!(certificate.key().octets().len() < octets.len());
            assert!(certificate.point_names().len() < octets.len());
        }
        Err(error) => assert!(error.to_string().len() < 300),
    }
    match CertificationRequest::read(octets) {
        Ok(request) => {
            assert_eq!(request.octets(), octets);
            assert!(request.key().octets().len() < octets.len());
            let _ = (request.asks_for_authority(), request.key().rsa_numbers());
        }
        Err(error) => assert!(error.to_string().len() < 300),
    }
    let survey = Survey::read(octets);
    match RevocationList::read(octets) {
        Ok(list) => {
            assert_eq!(survey.map(|it| it.entries()).ok(), Some(list.len()));
            assert_eq!(list.octets(), octets);
            // An entry takes a serial number and a time at least.
            assert!(list.len() <= octets.len() / 16);
        }
        Err(error) => {
            assert_eq!(survey.err(), Some(error));
            assert!(error.to_string().len() < 300);
        }
    }
    if let Err(error) = OcspResponse::read(octets) {
        assert!(error.to_string().len() < 300);
    }
    let material = Material::read(octets);
    let read = material.certificates().len() + material.lists().len() + material.responses().len();
    assert!(read + material.left_out().len() <= octets.len() + 1);
});
