//! Name constraints (RFC 5280 4.2.1.10).
//!
//! A certificate's constraints are sorted into tables once, a table for each form of names, so that a
//! name is looked up and not compared with each of them. What all look-ups of a path cost is counted
//! ([`Work`]); what would cost more than allowed is refused with its own reason.

mod addresses;
mod names;
mod table;
mod work;

use super::GeneralName;
use crate::certificate::Certificate;
use crate::verdict::{Reason, Refusal};

use names::{Comparable, comparable};
use table::Table;

pub(crate) use work::{TOO_MUCH, Work};

/// One `GeneralSubtree`.
pub(crate) struct Subtree {
    pub(crate) base: GeneralName,
    /// Whether minimum is 0 and maximum absent, the only values that RFC 5280 allows.
    pub(crate) whole: bool,
}

/// nameConstraints as it was read.
pub(crate) struct Subtrees {
    pub(crate) permitted: Option<Vec<Subtree>>,
    pub(crate) excluded: Option<Vec<Subtree>>,
}

impl Subtrees {
    /// Whether it says nothing at all, or has an empty list, which its syntax does not allow.
    pub(crate) fn is_malformed(&self) -> bool {
        let empty = |list: &Option<Vec<Subtree>>| list.as_ref().is_some_and(Vec::is_empty);
        (self.permitted.is_none() && self.excluded.is_none())
            || empty(&self.permitted)
            || empty(&self.excluded)
    }
}

/// nameConstraints, ready for look-ups.
pub(crate) struct Constraints {
    permitted: Table,
    excluded: Table,
}

impl Constraints {
    pub(crate) fn new(subtrees: &Subtrees) -> Self {
        let table = |list: &Option<Vec<Subtree>>| Table::new(list.as_deref().unwrap_or_default());
        Self {
            permitted: table(&subtrees.permitted),
            excluded: table(&subtrees.excluded),
        }
    }
}

/// The form of a name, of those in GeneralName.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Other,
    Rfc822,
    Dns,
    X400,
    Directory,
    EdiParty,
    Uri,
    Ip,
    Registered,
}

/// Whether every name of the certificate is within what all the constraints above it permit, and
/// within nothing that one of them excludes.
///
/// # Errors
/// `NameNotPermitted`, `NameExcluded`, `NameConstraintUnsupported`, `NameUnreadable`,
/// `LimitReached`.
pub(crate) fn admits(
    constraints: &[&Constraints],
    certificate: &Certificate,
    work: &mut Work,
) -> Result<(), Refusal> {
    if constraints.is_empty() {
        return Ok(());
    }
    let subject = certificate.subject();
    if !subject.is_empty() {
        each(constraints, Form::Directory, work, || {
            Some(Comparable::Directory(subject))
        })?;
    }
    for name in certificate.alt_names() {
        each(constraints, Form::of(name), work, || comparable(name))?;
        if names::is_internationalized_mailbox(name) {
            each(constraints, Form::Rfc822, work, || None)?;
        }
    }
    // RFC 5280 asks for it where there is no subjectAltName. An address that is asserted is
    // constrained wherever it stands.
    if constraints.iter().any(|one| one.constrain(Form::Rfc822)) {
        for address in subject.values(&names::EMAIL_ADDRESS) {
            each(constraints, Form::Rfc822, work, || names::mailbox(address))?;
        }
    }
    Ok(())
}

/// One name against every certificate's constraints. It is made comparable only when one of them is
/// about its form.
fn each<'a>(
    constraints: &[&Constraints],
    form: Form,
    work: &mut Work,
    make: impl FnOnce() -> Option<Comparable<'a>>,
) -> Result<(), Refusal> {
    work.spend(constraints.len())?;
    let mut about = constraints
        .iter()
        .filter(|one| one.constrain(form))
        .peekable();
    if about.peek().is_none() {
        return Ok(());
    }
    let name = make();
    for one in about {
        one.admit(form, name.as_ref(), work)?;
    }
    Ok(())
}

impl Constraints {
    fn constrain(&self, form: Form) -> bool {
        self.permitted.has(form) || self.excluded.has(form)
    }

    fn admit(
        &self,
        form: Form,
        name: Option<&Comparable<'_>>,
        work: &mut Work,
    ) -> Result<(), Refusal> {
        let refuse = |reason, rule| Err(Refusal::new(reason, rule));
        if self.permitted.is_unusable(form) || self.excluded.is_unusable(form) {
            return refuse(
                Reason::NameConstraintUnsupported,
                "nameConstraints: names of a form whose constraints are not processed here",
            );
        }
        let Some(name) = name else {
            return refuse(
                Reason::NameUnreadable,
                "nameConstraints: a constrained name is not what its form says",
            );
        };
        if self.excluded.holds(name, work, true)? {
            return refuse(Reason::NameExcluded, "nameConstraints: a name is excluded");
        }
        if self.permitted.has(form) && !self.permitted.holds(name, work, false)? {
            return refuse(
                Reason::NameNotPermitted,
                "nameConstraints: a name is not permitted",
            );
        }
        Ok(())
    }
}

impl Form {
    fn of(name: &GeneralName) -> Self {
        match name {
            GeneralName::Other(..) => Self::Other,
            GeneralName::Rfc822(_) => Self::Rfc822,
            GeneralName::Dns(_) => Self::Dns,
            GeneralName::X400(_) => Self::X400,
            GeneralName::Directory(_) => Self::Directory,
            GeneralName::EdiParty(_) => Self::EdiParty,
            GeneralName::Uri(_) => Self::Uri,
            GeneralName::Ip(_) => Self::Ip,
            GeneralName::Registered(_) => Self::Registered,
        }
    }

    fn bit(self) -> u16 {
        1 << (self as u16)
    }
}
