//! The protocol keeps its promises, and each of its guards is there for one of them.

use leases_model::{Action, Guards, Promise, Protocol};
use stateright::{Checker, HasDiscoveries, Model};

const TWO_PROCESSES: Protocol = Protocol {
    processes: 2,
    requests: 1,
    takeovers: 3,
    lease: 1,
    guards: Guards::ALL,
};

/// Every state was visited and every promise held.
fn assert_holds(protocol: Protocol) {
    let checker = protocol.checker().spawn_bfs().join();
    assert!(checker.is_done());
    checker.assert_properties();
}

/// What happened when this promise was first broken.
fn counterexample(promise: Promise, guards: Guards) -> Vec<Action> {
    let protocol = Protocol {
        guards,
        ..TWO_PROCESSES
    };
    let broken = HasDiscoveries::AnyOf([promise.name()].into());
    let checker = protocol.checker().finish_when(broken).spawn_bfs().join();
    checker.assert_any_discovery(promise.name()).into_actions()
}

#[test]
fn two_processes_take_over_from_each_other() {
    assert_holds(TWO_PROCESSES);
}

#[test]
fn three_processes_wait_for_the_same_lease() {
    assert_holds(Protocol {
        processes: 3,
        takeovers: 2,
        ..TWO_PROCESSES
    });
}

#[test]
fn two_requests_are_worked_on_at_once() {
    assert_holds(Protocol {
        requests: 2,
        takeovers: 2,
        ..TWO_PROCESSES
    });
}

/// Expiry decides when a lease is taken. That nobody writes beside its owner is the token's and the
/// lock's doing, so no clock can break it.
#[test]
fn nothing_rests_on_the_expiry_of_the_writer() {
    let guards = Guards {
        expiry_checked: false,
        ..Guards::ALL
    };
    assert_holds(Protocol {
        guards,
        ..TWO_PROCESSES
    });
}

#[test]
fn without_the_check_of_the_token_a_process_that_lost_its_lease_writes() {
    let guards = Guards {
        token_checked: false,
        ..Guards::ALL
    };
    let steps = counterexample(Promise::NoLateWrite, guards);
    let late = writer(steps.last());
    // It had not even begun when the other one took over.
    assert!(
        position(&steps, Action::Begin(late, 0)) > taken_over_by(1 - late, &steps),
        "{steps:?}"
    );
}

#[test]
fn without_the_lock_on_the_row_a_transaction_outlives_its_check() {
    let guards = Guards {
        row_locked: false,
        ..Guards::ALL
    };
    let steps = counterexample(Promise::NoLateWrite, guards);
    let late = writer(steps.last());
    // It had passed the check before.
    assert!(
        position(&steps, Action::Begin(late, 0)) < taken_over_by(1 - late, &steps),
        "{steps:?}"
    );
    // Which costs an intent, and has two things signed for one request.
    counterexample(Promise::NoIntentLost, guards);
    counterexample(Promise::MadeOnce, guards);
}

#[test]
fn without_the_lock_of_a_takeover_two_processes_get_one_token() {
    let guards = Guards {
        takeover_locked: false,
        ..Guards::ALL
    };
    let steps = counterexample(Promise::OneWriter, guards);
    let reads: Vec<_> = (0..2)
        .map(|one| position(&steps, Action::BeginTakeover(one)))
        .collect();
    let first = (0..2).map(|one| taken_over_by(one, &steps)).min();
    assert!(reads.into_iter().max() < first, "{steps:?}");
}

#[test]
fn without_an_end_to_silence_a_lock_is_held_for_ever() {
    let guards = Guards {
        silence_ended: false,
        ..Guards::ALL
    };
    let steps = counterexample(Promise::AlwaysAWayOut, guards);
    assert!(
        matches!(steps.last(), Some(Action::Pause(_) | Action::Crash(_))),
        "{steps:?}"
    );
}

fn writer(step: Option<&Action>) -> u8 {
    match step {
        Some(Action::Commit(process, _) | Action::CommitUnheard(process, _)) => *process,
        other => panic!("{other:?} writes nothing"),
    }
}

fn taken_over_by(process: u8, steps: &[Action]) -> usize {
    position(steps, Action::CommitTakeover(process))
}

/// Where it happened last.
fn position(steps: &[Action], wanted: Action) -> usize {
    steps
        .iter()
        .rposition(|step| *step == wanted)
        .expect("it happened")
}
