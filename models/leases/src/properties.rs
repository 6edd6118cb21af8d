//! What must hold in every state, and what must be seen for that to mean anything.

use stateright::Property;

use crate::Protocol;
use crate::state::{Life, State};
use crate::way_out;

/// What the protocol promises.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Promise {
    /// At most one process writes under a token.
    OneWriter,
    /// After a successor's first write comes none of the process before it.
    NoLateWrite,
    /// An intent that was stored stays.
    NoIntentLost,
    /// For a request one content is signed, and that one is stored.
    MadeOnce,
    /// Whatever was left behind: one process that goes on finishes everything.
    AlwaysAWayOut,
}

impl Promise {
    /// The name of its property.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneWriter => "a token has one writer",
            Self::NoLateWrite => "no write after a successor's first",
            Self::NoIntentLost => "an intent that was stored stays",
            Self::MadeOnce => "a request is answered with one content",
            Self::AlwaysAWayOut => "one process that goes on finishes everything",
        }
    }
}

/// The promises, and the moments that a run must come upon to have tried them.
pub fn all() -> Vec<Property<Protocol>> {
    vec![
        Property::always(Promise::OneWriter.name(), |_, state: &State| {
            !state.history.token_shared
        }),
        Property::always(Promise::NoLateWrite.name(), |_, state: &State| {
            !state.history.written_late
        }),
        Property::always(Promise::NoIntentLost.name(), |_, state: &State| {
            !state.history.intent_lost
        }),
        Property::always(Promise::MadeOnce.name(), |_, state: &State| {
            !state.history.made_twice
        }),
        Property::always(Promise::AlwaysAWayOut.name(), way_out::exists),
        Property::sometimes(
            "a process that lost its lease runs and believes in it",
            overtaken,
        ),
        Property::sometimes("an intent is finished by a successor", inherited),
        Property::sometimes(
            "a lease expires under an open transaction",
            expired_under_way,
        ),
        Property::sometimes("everything is finished", |_, state: &State| {
            state
                .requests
                .iter()
                .all(|request| request.finished.is_some())
        }),
    ]
}

fn overtaken(_: &Protocol, state: &State) -> bool {
    state.processes.iter().any(|one| {
        one.life == Life::Running && one.believes.is_some_and(|token| token < state.row.token)
    })
}

fn inherited(_: &Protocol, state: &State) -> bool {
    let mut finished = state.requests.iter().filter_map(|request| request.finished);
    finished.any(|(content, token)| {
        token > content.token && state.history.writers[usize::from(token)] != Some(content.author)
    })
}

fn expired_under_way(_: &Protocol, state: &State) -> bool {
    state.row.left == 0 && state.is_written()
}
