//! What there is at one moment: in the database, and in the memory of each process.

/// Everything.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct State {
    /// The lease, as committed.
    pub row: Row,
    /// What the requests came to, as committed.
    pub requests: Vec<Request>,
    /// The processes, each with the transactions it has open.
    pub processes: Vec<Process>,
    /// What happened that must not, and what is needed to notice.
    pub history: History,
}

/// The lease's row.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Row {
    /// Who holds the lease or held it last; nobody after it was given back.
    pub owner: Option<u8>,
    /// Rises with each takeover.
    pub token: u8,
    /// Ticks of the database's clock until the lease expires.
    pub left: u8,
}

/// What an intent says is to be made, told apart by who wrote it and when.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Content {
    /// The process that drew it.
    pub author: u8,
    /// The token that process held.
    pub token: u8,
}

/// One request.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Request {
    /// The intent stored for it.
    pub intent: Option<Content>,
    /// What was signed for it, anywhere, whether or not it was stored.
    pub signed: Option<Content>,
    /// What was stored as its result, and under which token.
    pub finished: Option<(Content, u8)>,
}

/// One process of the service.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Process {
    /// Whether it takes steps.
    pub life: Life,
    /// The token it believes to hold, rightly or not. It has no clock: it may go on believing for
    /// as long as it likes.
    pub believes: Option<u8>,
    /// A takeover that it has begun, with the token it read.
    pub takeover: Option<u8>,
    /// What it is doing about each request.
    pub work: Vec<Work>,
}

/// Whether a process takes steps.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Life {
    /// It does.
    Running,
    /// It does not, and knows nothing of it afterwards.
    Paused,
    /// Its memory is gone. Its transactions are open until the database notices.
    Crashed,
}

/// How far a process has come with a request, and the token under which it began and which all its
/// transactions present.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Work {
    /// Nothing in memory.
    Idle,
    /// In a transaction that will store an intent.
    StoringIntent(u8),
    /// An intent is stored and read; no transaction is open.
    Intended(u8, Content),
    /// Signed; no transaction is open.
    Signed(u8, Content),
    /// In a transaction that will store what was signed.
    StoringResult(u8, Content),
}

impl Work {
    /// Whether a transaction is open.
    pub fn is_open(self) -> bool {
        matches!(self, Self::StoringIntent(_) | Self::StoringResult(..))
    }
}

/// What is noted beside the system, to judge it by.
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct History {
    /// By token, who committed a write under it first.
    pub writers: Vec<Option<u8>>,
    /// Two processes wrote under one token.
    pub token_shared: bool,
    /// A write was committed after one under a higher token.
    pub written_late: bool,
    /// An intent was replaced.
    pub intent_lost: bool,
    /// Two contents were signed for a request, or one stored over another.
    pub made_twice: bool,
}

impl State {
    /// Nobody holds the lease, nothing was asked.
    pub fn before_anything(processes: u8, requests: u8) -> Self {
        let idle = Process::idle(requests);
        Self {
            row: Row {
                owner: None,
                token: 0,
                left: 0,
            },
            requests: vec![Request::default(); requests.into()],
            processes: vec![idle; processes.into()],
            history: History::default(),
        }
    }

    /// Whether a writing transaction is open anywhere.
    pub fn is_written(&self) -> bool {
        self.processes.iter().any(Process::is_writing)
    }

    /// Whether a takeover is under way anywhere.
    pub fn is_taken(&self) -> bool {
        self.processes.iter().any(|one| one.takeover.is_some())
    }
}

impl Process {
    /// As after its start.
    pub fn idle(requests: u8) -> Self {
        Self {
            life: Life::Running,
            believes: None,
            takeover: None,
            work: vec![Work::Idle; requests.into()],
        }
    }

    /// Whether it has a writing transaction open.
    pub fn is_writing(&self) -> bool {
        self.work.iter().any(|work| work.is_open())
    }
}

impl History {
    /// Note a write.
    pub fn written(&mut self, process: u8, token: u8) {
        let place = usize::from(token);
        if self.writers.len() <= place {
            self.writers.resize(place + 1, None);
        }
        self.written_late |= self.writers.len() > place + 1;
        self.token_shared |= *self.writers[place].get_or_insert(process) != process;
    }
}
