//! A request of StatusService as anyone sends it: read or not, and what was read is read again from
//! what it is written as.
#![no_main]

use formats::status_calls::{Asked, Method, Writer, broken};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    for method in Method::ALL {
        let Ok(asked) = Asked::read(method, octets) else {
            // What is no message is none of any method: they have the same fields.
            assert!(Asked::read(Method::Watch, octets).is_err());
            continue;
        };
        let held: usize = asked.serials.iter().map(|it| it.len()).sum();
        assert!(asked.authority.len() + held <= octets.len());
        assert!(asked.serials.len() <= octets.len() / 2 + 1);
        let mut written = Writer::default();
        written.octets(1, asked.authority.as_bytes());
        for serial in &asked.serials {
            written.embedded(2, serial);
        }
        assert_eq!(Asked::read(method, &written.0), Ok(asked.clone()));
        if broken(method, &asked).is_empty() {
            assert!(asked.serials.iter().all(|it| (1..=20).contains(&it.len())));
            assert!(asked.authority.is_ascii());
        }
    }
});
