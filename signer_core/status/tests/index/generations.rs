//! One number under many generations of an authority's key, which is what fills a bucket.

use status::Status;

use super::rows::{Row, apply, ask, ask_all, index, status};

const NUMBER: u64 = 7;

fn row(generation: u16, not_after: i64, revocation: Option<(u8, i64)>) -> Row {
    Row {
        number: NUMBER,
        generation,
        not_after,
        revocation,
    }
}

/// 255 revoked rows of a bucket are the first that one octet does not count.
#[test]
fn a_number_is_found_under_each_of_its_generations() {
    for count in [254, 255, 256, 300] {
        let index = index();
        let revocation = |generation: u16| Some((1, i64::from(generation)));
        let revoked = (1..=count).map(|generation| row(generation, 200, revocation(generation)));
        let good = row(count + 1, 200, None);
        let ended = row(count + 2, 100, None);
        apply(&index, &revoked.chain([good, ended]).collect::<Vec<_>>());
        for made_anew in [false, true] {
            if made_anew {
                // What is new is among the others then.
                assert_eq!(index.forget_ended(150), 1);
            }
            for generation in 1..=count {
                let found = ask(&index, NUMBER, generation);
                assert_eq!(found, status(revocation(generation)), "{count}");
            }
            assert_eq!(ask(&index, NUMBER, count + 1), Status::Good);
            assert_eq!(ask(&index, NUMBER, count + 3), Status::Unknown);
            let any = ask_all(&index, [NUMBER].into_iter());
            assert_eq!(any[0].code(), Status::REVOKED);
        }
        assert_eq!(ask(&index, NUMBER, count + 2), Status::Unknown);
        assert_eq!(index.len(), usize::from(count) + 1);
    }
}
