//! What each action does: the protocol, step by step.

use crate::Protocol;
use crate::action::Action;
use crate::state::{Content, Life, Process, Row, State, Work};

/// The state after it; `None` when it can't happen or changes nothing.
pub fn after(protocol: &Protocol, last: &State, action: Action) -> Option<State> {
    let mut next = last.clone();
    match action {
        Action::TimePasses => next.row.left = last.row.left.checked_sub(1)?,
        Action::ClockSetBack => next.row.left = last.row.owner.and(Some(protocol.lease))?,
        Action::Pause(process) => live(&mut next, process, Life::Running, Life::Paused)?,
        Action::Resume(process) => live(&mut next, process, Life::Paused, Life::Running)?,
        Action::Crash(process) => crash(&mut next, process)?,
        Action::Restart(process) => restart(&mut next, process)?,
        Action::Renew(process) => renew(protocol, &mut next, process)?,
        Action::Release(process) => release(&mut next, process)?,
        Action::BeginTakeover(process) if last.row.left == 0 => {
            begin_takeover(protocol, &mut next, process)?;
        }
        Action::BeginTakeover(_) => return None,
        Action::BeginTakeoverUnexpired(process) => begin_takeover(protocol, &mut next, process)?,
        Action::CommitTakeover(process) => commit_takeover(protocol, &mut next, process)?,
        Action::EndTakeover(process) => end_takeover(protocol, &mut next, process)?,
        Action::Begin(process, request) => begin(protocol, &mut next, process, request)?,
        Action::Commit(process, request) => commit(&mut next, process, request)?,
        Action::CommitUnheard(process, request) => {
            commit(&mut next, process, request)?;
            *work(&mut next, process, request) = Work::Idle;
        }
        Action::End(process, request) => end(protocol, &mut next, process, request)?,
        Action::Sign(process, request) => sign(&mut next, process, request)?,
    }
    (next != *last).then_some(next)
}

fn live(next: &mut State, process: u8, from: Life, to: Life) -> Option<()> {
    let it = &mut next.processes[usize::from(process)];
    (it.life == from).then(|| it.life = to)
}

/// What it had open stays open until the database ends it.
fn crash(next: &mut State, process: u8) -> Option<()> {
    let it = &mut next.processes[usize::from(process)];
    if it.life == Life::Crashed {
        return None;
    }
    it.life = Life::Crashed;
    it.believes = None;
    for work in it.work.iter_mut().filter(|work| !work.is_open()) {
        *work = Work::Idle;
    }
    Some(())
}

/// Once the database has ended what it had open; before that it would be one process more.
fn restart(next: &mut State, process: u8) -> Option<()> {
    let it = &mut next.processes[usize::from(process)];
    let gone = it.life == Life::Crashed && !it.is_writing() && it.takeover.is_none();
    gone.then(|| it.life = Life::Running)
}

/// One statement: it changes the row only if owner and token still stand there.
fn renew(protocol: &Protocol, next: &mut State, process: u8) -> Option<()> {
    let token = running(next, process)?.believes?;
    if next.is_taken() {
        return None;
    }
    if next.row.owner == Some(process) && next.row.token == token {
        next.row.left = protocol.lease;
    } else {
        next.processes[usize::from(process)].believes = None;
    }
    Some(())
}

/// After its last transaction, in one statement, as a renewal.
fn release(next: &mut State, process: u8) -> Option<()> {
    let it = running(next, process)?;
    let token = it.believes?;
    if it.is_writing() || next.is_taken() {
        return None;
    }
    if next.row.owner == Some(process) && next.row.token == token {
        next.row = Row {
            owner: None,
            token,
            left: 0,
        };
    }
    next.processes[usize::from(process)].believes = None;
    Some(())
}

fn begin_takeover(protocol: &Protocol, next: &mut State, process: u8) -> Option<()> {
    let it = running(next, process)?;
    let waits = (protocol.guards.row_locked && next.is_written())
        || (protocol.guards.takeover_locked && next.is_taken());
    if it.takeover.is_some() || waits {
        return None;
    }
    next.processes[usize::from(process)].takeover = Some(next.row.token);
    Some(())
}

fn commit_takeover(protocol: &Protocol, next: &mut State, process: u8) -> Option<()> {
    let token = running(next, process)?.takeover? + 1;
    next.row = Row {
        owner: Some(process),
        token,
        left: protocol.lease,
    };
    let it = &mut next.processes[usize::from(process)];
    it.takeover = None;
    it.believes = Some(token);
    Some(())
}

fn end_takeover(protocol: &Protocol, next: &mut State, process: u8) -> Option<()> {
    let it = &mut next.processes[usize::from(process)];
    if !ends(protocol, it) {
        return None;
    }
    it.takeover.take().map(|_| ())
}

/// The check, and what the transaction then reads.
fn begin(protocol: &Protocol, next: &mut State, process: u8, request: u8) -> Option<()> {
    let it = running(next, process)?;
    let (token, signed) = match it.work[usize::from(request)] {
        Work::Idle => (it.believes?, None),
        Work::Signed(token, content) => (token, Some(content)),
        _ => return None,
    };
    if protocol.guards.row_locked && protocol.guards.takeover_locked && next.is_taken() {
        // It waits for the row that the takeover holds.
        return None;
    }
    if !passes(protocol, next.row, process, token) {
        let it = &mut next.processes[usize::from(process)];
        it.believes = it.believes.filter(|other| *other != token);
        it.work[usize::from(request)] = Work::Idle;
        return Some(());
    }
    let stored = next.requests[usize::from(request)];
    *work(next, process, request) = match (stored.finished, signed, stored.intent) {
        (Some(_), _, _) => Work::Idle,
        (None, Some(content), _) => Work::StoringResult(token, content),
        (None, None, Some(content)) => Work::Intended(token, content),
        (None, None, None) => Work::StoringIntent(token),
    };
    Some(())
}

fn passes(protocol: &Protocol, row: Row, process: u8, token: u8) -> bool {
    let guards = protocol.guards;
    (!guards.token_checked || (row.owner == Some(process) && row.token == token))
        && (!guards.expiry_checked || !guards.token_checked || row.left > 0)
}

fn commit(next: &mut State, process: u8, request: u8) -> Option<()> {
    let open = running(next, process)?.work[usize::from(request)];
    let stored = &mut next.requests[usize::from(request)];
    let history = &mut next.history;
    let done = match open {
        Work::StoringIntent(token) => {
            let content = Content {
                author: process,
                token,
            };
            history.written(process, token);
            history.intent_lost |= stored.intent.replace(content).is_some();
            Work::Intended(token, content)
        }
        Work::StoringResult(token, content) => {
            history.written(process, token);
            let before = stored.finished.replace((content, token));
            history.made_twice |= before.is_some_and(|(other, _)| other != content);
            Work::Idle
        }
        _ => return None,
    };
    *work(next, process, request) = done;
    Some(())
}

fn end(protocol: &Protocol, next: &mut State, process: u8, request: u8) -> Option<()> {
    let it = &mut next.processes[usize::from(process)];
    let may = ends(protocol, it);
    let work = &mut it.work[usize::from(request)];
    (may && work.is_open()).then(|| *work = Work::Idle)
}

fn sign(next: &mut State, process: u8, request: u8) -> Option<()> {
    let Work::Intended(token, content) = running(next, process)?.work[usize::from(request)] else {
        return None;
    };
    let signed = &mut next.requests[usize::from(request)].signed;
    next.history.made_twice |= signed
        .replace(content)
        .is_some_and(|other| other != content);
    *work(next, process, request) = Work::Signed(token, content);
    Some(())
}

/// Of a process that runs, the connection may be lost; of another, silence is what ends it.
fn ends(protocol: &Protocol, it: &Process) -> bool {
    it.life == Life::Running || protocol.guards.silence_ended
}

fn running(state: &State, process: u8) -> Option<&Process> {
    let it = &state.processes[usize::from(process)];
    (it.life == Life::Running).then_some(it)
}

fn work(state: &mut State, process: u8, request: u8) -> &mut Work {
    &mut state.processes[usize::from(process)].work[usize::from(request)]
}
