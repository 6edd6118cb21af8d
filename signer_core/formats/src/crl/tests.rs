//! Whole lists, read back by a parser this project did not write.

use der::Decode;
use x509_cert::crl::CertificateList;

use super::samples::{FIELDS, ISSUER, Rows};
use super::{CrlFields, TbsCertList, encode_crl};
use crate::error::Result;
use crate::signing::testing::TestKey;
use crate::signing::{Hash, Signer};

fn list<'a>(rows: &'a Rows, fields: &CrlFields<'_>) -> Result<TbsCertList<'a>> {
    TbsCertList::new(fields, rows.columns()?)
}

#[test]
fn lists_of_any_size_read_back_and_verify() {
    let key = TestKey::generate();
    // 25,000 is encoded, hashed and searched for duplicates on several cores.
    for rows in [0, 1, 3, 5_000, 25_000] {
        let columns = Rows::falling(rows);
        let list = list(&columns, &FIELDS).unwrap();
        let der = encode_crl(&list, &key).unwrap();
        let read = CertificateList::from_der(&der).unwrap();
        let tbs = list.encode().unwrap();
        let signature = read.signature.raw_bytes();
        assert!(
            key.public_key()
                .verifies(&Hash::Sha256.digest(&tbs), signature)
        );
        let start = der.len() - tbs.len() - signature.len();
        assert!(
            der.ends_with(signature)
                && der[..start + tbs.len()]
                    .windows(tbs.len())
                    .any(|at| at == tbs)
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
    let key = TestKey::generate();
    for rows in [10, 25_000] {
        let mut columns = Rows::falling(rows);
        let last = columns.serials.len() - 8;
        columns.serials.copy_within(16..24, last);
        let refused = encode_crl(&list(&columns, &FIELDS).unwrap(), &key).unwrap_err();
        assert!(refused.to_string().contains("listed twice"), "{refused}");
    }
}

#[test]
fn fields_that_break_the_profile_are_refused() {
    let columns = Rows::falling(2);
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

/// `SEQUENCE { DistributionPoint { fullName: http://r.example/d } }`.
const FRESHEST: [u8; 28] = *b"\x30\x1a\x30\x18\xa0\x16\xa0\x14\x86\x12http://r.example/d";

#[test]
fn a_delta_list_says_so_critically_and_a_complete_one_where_they_are() {
    let key = TestKey::generate();
    let columns = Rows::falling(2);
    let extensions = |fields: &CrlFields<'_>| {
        let der = encode_crl(&list(&columns, fields).unwrap(), &key).unwrap();
        let read = CertificateList::from_der(&der).unwrap();
        read.tbs_cert_list
            .crl_extensions
            .unwrap()
            .into_iter()
            .map(|one| {
                (
                    one.extn_id.to_string(),
                    one.critical,
                    one.extn_value.into_bytes(),
                )
            })
            .skip(2)
            .collect::<Vec<_>>()
    };
    let delta = CrlFields {
        base_crl_number: Some(299),
        ..FIELDS
    };
    let indicator = ("2.5.29.27".to_owned(), true, vec![2, 2, 1, 43]);
    assert_eq!(extensions(&delta), [indicator]);
    let complete = CrlFields {
        freshest: Some(&FRESHEST),
        ..FIELDS
    };
    let freshest = ("2.5.29.46".to_owned(), false, FRESHEST.to_vec());
    assert_eq!(extensions(&complete), [freshest]);
}

#[test]
fn a_delta_list_is_numbered_after_its_base_and_names_no_other() {
    let columns = Rows::falling(2);
    let broken = [
        CrlFields {
            base_crl_number: Some(FIELDS.crl_number),
            ..FIELDS
        },
        CrlFields {
            base_crl_number: Some(1),
            freshest: Some(&FRESHEST),
            ..FIELDS
        },
        CrlFields {
            freshest: Some(&FRESHEST[..27]),
            ..FIELDS
        },
    ];
    for fields in broken {
        assert!(list(&columns, &fields).is_err(), "{fields:?}");
    }
}
