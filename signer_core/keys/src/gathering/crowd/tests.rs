use super::*;

/// A millisecond for each.
fn served(count: usize) -> Duration {
    Duration::from_millis(count as u64)
}

fn after(start: Instant, milliseconds: u64) -> Instant {
    start + Duration::from_millis(milliseconds)
}

#[test]
fn the_most_at_once_count_until_they_could_have_been_served() {
    let (mut crowd, start) = (Crowd::default(), Instant::now());
    crowd.notice(6, start, served);
    for later in 1..=6 {
        crowd.notice(1, after(start, later), served);
        assert_eq!(crowd.most(), 6, "{later}");
    }
    crowd.notice(2, after(start, 7), served);
    assert_eq!(crowd.most(), 2);
}

#[test]
fn a_moment_with_few_makes_no_crowd_small() {
    let (mut crowd, start) = (Crowd::default(), Instant::now());
    crowd.notice(16, start, served);
    crowd.notice(14, after(start, 10), served);
    crowd.notice(1, after(start, 17), served);
    assert_eq!(crowd.most(), 14, "what there was since, not what is there");
    crowd.notice(15, after(start, 18), served);
    assert_eq!(crowd.most(), 15, "and at once what there is again");
}

#[test]
fn who_is_gone_for_long_enough_counts_no_more() {
    let (mut crowd, start) = (Crowd::default(), Instant::now());
    crowd.notice(16, start, served);
    crowd.notice(8, after(start, 1), served);
    crowd.notice(1, after(start, 25), served);
    assert_eq!(crowd.most(), 1);
}

#[test]
fn who_was_waited_for_in_vain_is_expected_when_there_are_as_many_again() {
    let (mut crowd, start) = (Crowd::default(), Instant::now());
    crowd.notice(16, start, served);
    assert_eq!(crowd.expected(), 16);
    crowd.expect_no_more_than(9);
    crowd.notice(8, after(start, 1), served);
    assert_eq!((crowd.most(), crowd.expected()), (16, 9));
    crowd.notice(12, after(start, 2), served);
    assert_eq!(crowd.expected(), 12);
}
