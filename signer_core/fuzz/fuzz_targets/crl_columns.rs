//! Columns and fields of a list, cut from arbitrary octets: refused, or encoded to the length that
//! was foretold.
#![no_main]

use formats::crl::{CrlFields, RevocationColumns, TbsCertList};
use formats::der::SerialColumn;
use formats::signing::Hash;
use libfuzzer_sys::fuzz_target;

/// `C=JP`.
const ISSUER: [u8; 15] = [
    0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 6, 0x13, 2, b'J', b'P',
];

fuzz_target!(|input: (
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    Vec<u8>,
    i64,
    i64,
    Option<Vec<u8>>
)| {
    let (serials, lengths, dates, reasons, this_update, next_update, point) = input;
    let Ok(serials) = SerialColumn::new(&serials, &lengths) else {
        return;
    };
    let Ok(columns) = RevocationColumns::new(serials, &dates, &reasons) else {
        return;
    };
    let fields = CrlFields {
        issuer: &ISSUER,
        hash: Hash::Sha256,
        this_update,
        next_update,
        crl_number: 1,
        authority_key_id: &[1; 20],
        issuing_distribution_point: point.as_deref(),
        base_crl_number: None,
        freshest: None,
    };
    if let Ok(list) = TbsCertList::new(&fields, columns)
        && let Ok(der) = list.encode()
    {
        assert_eq!(der.len(), list.encoded_len());
        assert_eq!(der[0], 0x30);
    }
});
