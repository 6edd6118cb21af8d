//! Detached signatures as applicants send them. What is accepted has signed bytes that are a SET.
#![no_main]

use formats::cms::parse_signed_data;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|der: &[u8]| match parse_signed_data(der) {
    Ok(container) => {
        for certificate in &container.certificates {
            assert_eq!(certificate[0], 0x30);
        }
        for signer in container.signers.iter().flatten() {
            if let Some(attributes) = &signer.signed_attributes {
                assert_eq!(attributes.der[0], 0x31);
            }
        }
    }
    Err(error) => assert!(error.to_string().len() < 200),
});
