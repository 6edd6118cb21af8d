//! Everything that can happen next.

use crate::state::State;

/// One thing that happens. Processes and requests go by number.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Action {
    /// The database's clock goes on.
    TimePasses,
    /// The database's clock is set back: what was about to expire lasts longer.
    ClockSetBack,
    /// A process stops in whatever it is doing.
    Pause(u8),
    /// It goes on.
    Resume(u8),
    /// A process ends, its memory with it.
    Crash(u8),
    /// It is started anew.
    Restart(u8),
    /// A process renews its lease, or learns that it has none.
    Renew(u8),
    /// A process gives its lease back.
    Release(u8),
    /// A process reads, and locks, a lease that has expired.
    BeginTakeover(u8),
    /// It does so though the database's clock says that the lease holds: by its own clock, which may
    /// be wrong, it has waited for long enough.
    BeginTakeoverUnexpired(u8),
    /// It takes it.
    CommitTakeover(u8),
    /// The database ends a takeover that was begun.
    EndTakeover(u8),
    /// A process begins a writing transaction about a request, with the check.
    Begin(u8, u8),
    /// What it wrote is committed.
    Commit(u8, u8),
    /// What it wrote is committed, and the process does not hear of it.
    CommitUnheard(u8, u8),
    /// The database ends the transaction: the connection is lost, or was silent for too long.
    End(u8, u8),
    /// A process signs what the intent says. No database is asked.
    Sign(u8, u8),
}

/// Candidates; those that can't be are no step.
pub fn all(state: &State, actions: &mut Vec<Action>) {
    actions.extend([Action::TimePasses, Action::ClockSetBack]);
    for (process, its) in (0..).zip(&state.processes) {
        actions.extend([
            Action::Pause(process),
            Action::Resume(process),
            Action::Crash(process),
            Action::Restart(process),
            Action::Renew(process),
            Action::Release(process),
            Action::BeginTakeover(process),
            Action::BeginTakeoverUnexpired(process),
            Action::CommitTakeover(process),
            Action::EndTakeover(process),
        ]);
        for (request, _) in (0..).zip(&its.work) {
            actions.extend([
                Action::Begin(process, request),
                Action::Commit(process, request),
                Action::CommitUnheard(process, request),
                Action::End(process, request),
                Action::Sign(process, request),
            ]);
        }
    }
}
