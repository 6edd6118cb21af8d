use super::*;

const CROWD: usize = 8;

/// Serves a crowd for so many signatures, each of which takes so many nanoseconds together and
/// apart; how many were served together.
fn serve(trial: &mut Trial, signatures: usize, together: u64, apart: u64) -> usize {
    let mut now = Instant::now();
    let mut served_together = 0;
    for _ in 0..signatures {
        let served = trial.together();
        now += Duration::from_nanos(if served { together } else { apart });
        served_together += usize::from(served);
        trial.made(1, CROWD, now);
    }
    served_together
}

#[test]
fn a_crowd_is_served_together_while_that_gains() {
    let mut trial = Trial::default();
    let served = serve(&mut trial, 100_000, 100_000, 130_000);
    assert!(trial.together && trial.interval == SELDOM);
    assert!((95_000..100_000).contains(&served), "{served}");
}

#[test]
fn and_each_by_itself_where_it_does_not() {
    // Slower, as fast, and faster by no more than noise.
    for together in [200_000, 100_000, 98_000] {
        let mut trial = Trial::default();
        let served = serve(&mut trial, 100_000, together, 100_000);
        assert!(!trial.together);
        assert!((500..5_000).contains(&served), "{served}");
    }
}

#[test]
fn what_changes_is_noticed() {
    let mut trial = Trial::default();
    for round in 0..6 {
        let [together, apart] = if round % 2 == 0 { [90, 100] } else { [100, 90] };
        serve(&mut trial, 20_000, together * 1_000, apart * 1_000);
        assert_eq!(trial.together, round % 2 == 0, "{round}");
    }
}

#[test]
fn a_machine_that_slows_down_for_both_decides_nothing() {
    let mut trial = Trial::default();
    for slowness in 1..20 {
        serve(&mut trial, 5_000, slowness * 100_000, slowness * 130_000);
        assert!(trial.together, "{slowness}");
    }
}

#[test]
fn a_trial_without_a_crowd_begins_anew() {
    let mut trial = Trial::default();
    for _ in 0..1_000 {
        serve(&mut trial, CROWD * EACH / 2, 200_000, 100_000);
        trial.interrupt();
    }
    assert_eq!(
        (trial.together, trial.stretch),
        (true, 0),
        "no stretch ended"
    );
    serve(&mut trial, (CROWD + CROWD * EACH) * 6, 200_000, 100_000);
    assert_eq!(trial.stretch, 6);
    trial.interrupt();
    assert_eq!((trial.stretch, trial.took), (SOON, [Duration::ZERO; 2]));
    assert!(trial.together());
}
