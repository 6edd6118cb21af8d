//! Whole lists, read back by a parser this project did not write.

use der::Decode;
use x509_cert::crl::CertificateList;

use super::{CrlFields, RevocationColumns, TbsCertList, assemble_crl, encode_crl};
use crate::der::SerialColumn;
use crate::error::{Error, Result};
use crate::rsa::{self, BatchSigner, Hash, SoftwareKey};

/// `C=JP`.
const ISSUER: [u8; 15] = [
    0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 6, 0x13, 2, b'J', b'P',
];
const FIELDS: CrlFields<'_> = CrlFields {
    issuer: &ISSUER,
    this_update: 1_760_000_000,
    next_update: 1_760_172_800,
    crl_number: 300,
    authority_key_id: &[7; 20],
    issuing_distribution_point: None,
};

struct Columns {
    serials: Vec<u8>,
    lengths: Vec<u8>,
    dates: Vec<u8>,
    reasons: Vec<u8>,
}

/// `rows` numbers in falling order, eight octets each, so that the list is not sorted.
fn columns(rows: u32) -> Columns {
    let mut columns = Columns {
        serials: Vec::new(),
        lengths: Vec::new(),
        dates: Vec::new(),
        reasons: Vec::new(),
    };
    for row in (1..=rows).rev() {
        columns.serials.extend(u64::from(row).to_be_bytes());
        columns.lengths.push(8);
        columns
            .dates
            .extend((1_750_000_000 + i64::from(row)).to_le_bytes());
        columns
            .reasons
            .push([0, 1, 3, 5][usize::try_from(row % 4).unwrap()]);
    }
    columns
}

fn list<'a>(columns: &'a Columns, fields: &CrlFields<'_>) -> Result<TbsCertList<'a>> {
    let serials = SerialColumn::new(&columns.serials, &columns.lengths)?;
    let columns = RevocationColumns::new(serials, &columns.dates, &columns.reasons)?;
    TbsCertList::new(fields, columns)
}

#[test]
fn lists_of_any_size_read_back_and_verify() {
    let key = SoftwareKey::generate(2048).unwrap();
    // 25,000 is encoded, hashed and searched for duplicates on several cores.
    for rows in [0, 1, 3, 5_000, 25_000] {
        let columns = columns(rows);
        let list = list(&columns, &FIELDS).unwrap();
        let der = encode_crl(&list, &key).unwrap();
        let read = CertificateList::from_der(&der).unwrap();
        let tbs = list.encode().unwrap();
        let signature = read.signature.raw_bytes();
        assert!(
            key.verifying_key()
                .verifies(&Hash::Sha256.digest(&tbs), signature)
        );
        assert_eq!(
            assemble_crl(&tbs, signature, key.verifying_key()).unwrap(),
            der
        );
        let revoked = read.tbs_cert_list.revoked_certificates.unwrap_or_default();
        assert_eq!(revoked.len(), usize::try_from(rows).unwrap());
        for (row, entry) in (1..=rows).rev().zip(&revoked) {
            let mut wide = [0; 4];
            let octets = entry.serial_number.as_bytes();
            wide[4 - octets.len().min(4)..]
                .copy_from_slice(&octets[octets.len().saturating_sub(4)..]);
            assert_eq!(u32::from_be_bytes(wide), row);
            let seconds = entry.revocation_date.to_unix_duration().as_secs();
            assert_eq!(seconds, 1_750_000_000 + u64::from(row));
            assert_eq!(entry.crl_entry_extensions.is_none(), row % 4 == 0);
        }
    }
}

#[test]
fn a_number_listed_twice_is_refused_in_short_and_long_lists() {
    let key = SoftwareKey::generate(2048).unwrap();
    for rows in [10, 25_000] {
        let mut columns = columns(rows);
        let last = columns.serials.len() - 8;
        columns.serials.copy_within(16..24, last);
        let refused = encode_crl(&list(&columns, &FIELDS).unwrap(), &key).unwrap_err();
        assert!(refused.to_string().contains("listed twice"), "{refused}");
    }
}

#[test]
fn fields_that_break_the_profile_are_refused() {
    let columns = columns(2);
    let broken = [
        CrlFields {
            issuer: &[0x30, 0],
            ..FIELDS
        },
        CrlFields {
            issuer: &ISSUER[..14],
            ..FIELDS
        },
        CrlFields {
            next_update: FIELDS.this_update,
            ..FIELDS
        },
        CrlFields {
            this_update: i64::MIN,
            ..FIELDS
        },
        CrlFields {
            authority_key_id: &[],
            ..FIELDS
        },
        CrlFields {
            issuing_distribution_point: Some(&[0x30, 1]),
            ..FIELDS
        },
    ];
    for fields in broken {
        assert!(list(&columns, &fields).is_err(), "{fields:?}");
    }
}

#[test]
fn a_signature_over_something_else_is_not_assembled() {
    let key = SoftwareKey::generate(2048).unwrap();
    let columns = columns(2);
    let tbs = list(&columns, &FIELDS).unwrap().encode().unwrap();
    let good = rsa::sign(&key, Hash::Sha256, &tbs).unwrap();
    assert!(assemble_crl(&tbs, &good, key.verifying_key()).is_ok());
    let other = rsa::sign(&key, Hash::Sha256, b"other").unwrap();
    let refused = assemble_crl(&tbs, &other, key.verifying_key());
    assert_eq!(refused, Err(Error::SignatureCheckFailed));
    assert!(assemble_crl(&tbs[1..], &good, key.verifying_key()).is_err());
}
