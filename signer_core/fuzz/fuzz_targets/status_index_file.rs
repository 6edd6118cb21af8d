//! A status index's file, with its digest put right, so that what stands in it is looked at: refused,
//! or an index that answers, takes in news, forgets, and is written as it was read.
#![no_main]

use aws_lc_rs::digest::{SHA256, digest};
use formats::der::{SerialColumn, SerialNumber};
use libfuzzer_sys::fuzz_target;
use status::{Columns, Generation, StatusIndex};

const MOST: usize = 1 << 20;

fuzz_target!(|input: &[u8]| {
    let _ = StatusIndex::read_from(&mut &*input, MOST);
    let mut file = input.to_vec();
    file.extend(digest(&SHA256, input).as_ref());
    let Ok((index, about)) = StatusIndex::read_from(&mut &file[..], MOST) else {
        return;
    };
    let mut again = Vec::new();
    index.write_to(&mut again, &about).unwrap();
    let (read, told) = StatusIndex::read_from(&mut &again[..], MOST).unwrap();
    assert_eq!((read.len(), &told), (index.len(), &about));
    for number in 1..=64_u8 {
        let serial = SerialNumber::from_unsigned(&[number; 20]).unwrap();
        let _ = index.lookup(&serial, Generation::new(1));
        index
            .apply(&Columns {
                serials: SerialColumn::new(&[number; 20], &[20]).unwrap(),
                generations: &[1, 0],
                not_after: &i64::from(number).to_le_bytes(),
                statuses: &[2],
                reasons: &[1],
                revoked_at: &[0; 8],
            })
            .unwrap();
        assert_eq!(index.lookup(&serial, Generation::new(1)).code(), 2);
    }
    index.forget_ended(65);
});
