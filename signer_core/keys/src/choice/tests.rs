use proptest::prelude::*;

use super::*;

/// Measured on an AMD EPYC of family 26, in microseconds.
const FAMILY_26: Costs = micros(195, 272, 530);
/// The same of family 25: two together cost 1/0.73 of two apart.
const FAMILY_25: Costs = micros(241, 660, 1_207);

const fn micros(single: u64, few: u64, all: u64) -> Costs {
    Costs {
        single: single * 1_000,
        few: few * 1_000,
        all: all * 1_000,
    }
}

fn paying(costs: Costs) -> Vec<usize> {
    let choice = Choice::of(costs);
    (0..=LANES + 1).filter(|size| choice.pays(*size)).collect()
}

#[test]
fn what_pays_follows_from_the_costs() {
    assert_eq!(paying(FAMILY_26), [2, 3, 4, 5, 6, 7, 8]);
    // Not two; not five, which a group of four and a single one are as soon as.
    assert_eq!(paying(FAMILY_25), [3, 4, 6, 7, 8]);
    assert_eq!(paying(micros(200, 300, 2_000)), [2, 3, 4]);
    assert_eq!(paying(micros(200, 900, 1_000)), [6, 7, 8]);
    let never: [usize; 0] = [];
    assert_eq!(paying(micros(100, 400, 800)), never, "ties go to AWS-LC");
    assert_eq!(
        paying(micros(1_000, 1_980, 8_000)),
        [3, 4],
        "noise is a tie"
    );
    assert_eq!(
        paying(micros(100, 500, 450)),
        [6, 7, 8],
        "eight are no cheaper than four"
    );
    assert!((0..20).all(|size| !Choice::SINGLY.pays(size)));
}

#[test]
fn one_thread_cuts_what_it_has_into_what_is_soonest_made() {
    let cut = |costs, count| Choice::of(costs).cut(count);
    let cases: [(usize, &[usize], &[usize]); 10] = [
        (0, &[], &[]),
        (1, &[1], &[1]),
        (2, &[2], &[1, 1]),
        (3, &[3], &[3]),
        (4, &[4], &[4]),
        (5, &[4, 1], &[4, 1]),
        (6, &[6], &[4, 1, 1]),
        (9, &[8, 1], &[8, 1]),
        (13, &[8, 4, 1], &[8, 4, 1]),
        (33, &[8, 8, 8, 8, 1], &[8, 8, 8, 8, 1]),
    ];
    for (count, family_26, family_25) in cases {
        assert_eq!(cut(FAMILY_26, count), family_26, "{count}");
        assert_eq!(cut(FAMILY_25, count), family_25, "{count}");
        assert_eq!(Choice::SINGLY.cut(count), vec![1; count]);
    }
}

#[test]
fn threads_share_a_batch() {
    let choice = Choice::of(FAMILY_26);
    let cases: [(usize, usize, &[usize]); 8] = [
        (0, 2, &[]),
        (2, 2, &[1, 1]),
        (5, 2, &[4, 1]),
        (8, 2, &[4, 4]),
        (9, 2, &[4, 4, 1]),
        (3, 0, &[3]),
        (16, 2, &[8, 8]),
        (36, 2, &[8, 8, 8, 8, 4]),
    ];
    for (count, workers, expected) in cases {
        let sizes = choice.spread(count, workers);
        assert_eq!(sizes, expected, "{count} for {workers}");
    }
    let choice = Choice::of(FAMILY_25);
    assert_eq!(choice.spread(4, 2), [1, 1, 1, 1]);
    assert_eq!(choice.spread(8, 2), [4, 4]);
}

#[test]
fn nobody_waits_longer_than_for_his_own_signature() {
    let patience = |costs| {
        let choice = Choice::of(costs);
        (0..=LANES + 1).map(move |size| choice.patience(size).as_micros())
    };
    assert!(patience(FAMILY_26).eq([0, 0, 118, 195, 195, 195, 195, 195, 195, 0]));
    assert!(patience(FAMILY_25).eq([0, 0, 0, 63, 241, 0, 239, 241, 241, 0]));
    assert_eq!(Choice::SINGLY.patience(8), Duration::ZERO);
}

#[test]
fn a_crowd_is_served_by_all_cores() {
    let choice = Choice::of(FAMILY_26);
    assert_eq!(choice.served_singly(16, 2), Duration::from_micros(8 * 195));
    assert_eq!(choice.served_singly(1, 0), Duration::from_micros(195));
}

prop_compose! {
    fn any_costs()(
        single in 1_u64..10_000_000,
        few in 0.5_f64..6.0,
        all in 0.5_f64..12.0,
    ) -> Costs {
        let times = |factor: f64| (single as f64 * factor) as u64;
        Costs { single, few: times(few), all: times(all) }
    }
}

proptest! {
    /// By the costs themselves, for every processor that there could be.
    #[test]
    fn what_is_chosen_takes_no_longer_than_one_by_one(
        costs in any_costs(), count in 0_usize..300, workers in 1_usize..20,
    ) {
        let choice = Choice::of(costs);
        let sizes = choice.spread(count, workers);
        prop_assert_eq!(sizes.iter().sum::<usize>(), count);
        prop_assert!(sizes.iter().all(|size| *size == 1 || choice.pays(*size)));
        let singly = choice.ends(&vec![1; count], workers);
        prop_assert!(choice.ends(&sizes, workers) <= singly);

        let cut = choice.cut(count);
        prop_assert_eq!(cut.iter().sum::<usize>(), count);
        prop_assert!(choice.ends(&cut, 1) <= choice.ends(&vec![1; count], 1));
        prop_assert_eq!(choice.largest(count.min(PLANNED)),
            choice.cut(count.min(PLANNED)).first().copied().unwrap_or(1));
    }

    #[test]
    fn a_group_is_made_no_later_than_one_by_one_though_it_was_waited_for(
        costs in any_costs(), size in 0_usize..10,
    ) {
        let choice = Choice::of(costs);
        let waited = u64::try_from(choice.patience(size).as_nanos()).unwrap();
        prop_assert!(waited <= costs.single);
        if waited > 0 {
            prop_assert!(waited + choice.ends(&[size], 1) <= costs.single * size as u64);
        }
    }

    /// What pays for some pays for more of them in the same lanes, so noise can't leave gaps there.
    #[test]
    fn more_in_the_same_lanes_pay_too(costs in any_costs(), size in 2_usize..8) {
        let choice = Choice::of(costs);
        if choice.pays(size) && size != PAIRS {
            prop_assert!(choice.pays(size + 1));
        }
    }
}
