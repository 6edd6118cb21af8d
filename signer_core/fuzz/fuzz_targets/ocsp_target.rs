//! The path of a GET as anyone sends it. What is read is what its base64 says.
#![no_main]

use formats::ocsp::{parse_request, request_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|path: &str| {
    let Some(der) = request_of(path) else { return };
    assert!(der.len() <= path.len());
    let _ = parse_request(&der, 5);
});
