//! That nothing gets stuck: from every state, one process that goes on is enough.

use stateright::Model;

use crate::Protocol;
use crate::action::Action;
use crate::state::{Life, State};

/// Whether any process that runs, all others staying as they are for ever, gets the lease and
/// finishes every request. Where none runs, one that is started anew or goes on.
pub fn exists(protocol: &Protocol, state: &State) -> bool {
    let mut runs = (0..protocol.processes)
        .filter(|one| life(state, *one) == Life::Running)
        .peekable();
    if runs.peek().is_some() {
        return runs.all(|survivor| finishes(protocol, state.clone(), survivor));
    }
    finishes(protocol, state.clone(), 0)
}

fn finishes(protocol: &Protocol, mut state: State, survivor: u8) -> bool {
    let mut take = |action| match protocol.next_state(&state, action) {
        Some(next) => {
            state = next;
            true
        }
        None => false,
    };
    // What the database does by itself.
    for process in 0..protocol.processes {
        take(Action::EndTakeover(process));
        for request in 0..protocol.requests {
            take(Action::End(process, request));
        }
    }
    take(Action::Resume(survivor));
    take(Action::Restart(survivor));
    while take(Action::TimePasses) {}
    if !take(Action::BeginTakeover(survivor)) || !take(Action::CommitTakeover(survivor)) {
        return false;
    }
    for request in 0..protocol.requests {
        // What it still does under an older token is refused; then intent, signature, result, of
        // which steps that were taken before fall away.
        for _ in 0..4 {
            take(Action::Begin(survivor, request));
            take(Action::Commit(survivor, request));
            take(Action::Sign(survivor, request));
        }
    }
    state
        .requests
        .iter()
        .all(|request| request.finished.is_some())
}

fn life(state: &State, process: u8) -> Life {
    state.processes[usize::from(process)].life
}
