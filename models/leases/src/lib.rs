//! The protocol by which processes of one service share an authority, small enough to visit every
//! state it can be in.
//!
//! One authority, its lease's row, a few processes and a few requests. Whatever a process, the
//! network or a clock may do between two steps of the database is an action of its own
//! ([`Action`]): a process stops for any time and goes on as if nothing had been, dies, loses a
//! connection, does not hear that its transaction was committed; time passes, and the database's
//! clock is set back. [`Guards`] are what the protocol rests on, each to be taken out by a test that
//! wants to see the checker find what it was for.
//!
//! Left out is what the database does beside the leases: unique request ids and serial numbers,
//! sequences, deterministic signatures. What holds here is held by the lease alone.

mod action;
mod properties;
mod state;
mod step;
mod way_out;

pub use action::Action;
pub use properties::Promise;
pub use state::{Content, History, Life, Process, Request, Row, State, Work};

use stateright::{Model, Property};

/// What the protocol rests on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Guards {
    /// A writing transaction begins by comparing owner and token with the row.
    pub token_checked: bool,
    /// The row that it compared stays locked, against takeovers, until its end.
    pub row_locked: bool,
    /// A takeover locks the row before it reads the token.
    pub takeover_locked: bool,
    /// The database ends transactions of a process that says nothing any more.
    pub silence_ended: bool,
    /// A writing transaction is refused when the lease has expired, even if nobody has taken it.
    pub expiry_checked: bool,
}

impl Guards {
    /// As the services are built.
    pub const ALL: Self = Self {
        token_checked: true,
        row_locked: true,
        takeover_locked: true,
        silence_ended: true,
        expiry_checked: true,
    };
}

/// The protocol, with bounds on what is tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Protocol {
    /// Processes of the service.
    pub processes: u8,
    /// Requests, each of which wants one thing made, once.
    pub requests: u8,
    /// Takeovers after which nothing further is looked at.
    pub takeovers: u8,
    /// Ticks that a lease lasts from its renewal.
    pub lease: u8,
    /// What is in place.
    pub guards: Guards,
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::before_anything(self.processes, self.requests)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        action::all(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        step::after(self, last, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all()
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.row.token <= self.takeovers
    }
}
