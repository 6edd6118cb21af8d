//! The subtrees of one list, sorted by form.

use std::collections::HashSet;

use super::addresses::Networks;
use super::names::Comparable;
use super::work::Work;
use super::{Form, Subtree};
use crate::names::{GeneralName, Name, host};
use crate::verdict::Refusal;

/// permittedSubtrees or excludedSubtrees.
#[derive(Default)]
pub(super) struct Table {
    /// A bit for each form that a subtree is of.
    forms: u16,
    /// Those with a subtree that cannot be read or is of a form that is not compared here.
    unusable: u16,
    /// Compared forms of distinguished names, and their lengths.
    directory: HashSet<Box<[u8]>>,
    lengths: HashSet<usize>,
    /// Domains with everything below, and the domains one label above them.
    dns: HashSet<Box<str>>,
    above_dns: HashSet<Box<str>>,
    mailboxes: HashSet<(Box<[u8]>, Box<str>)>,
    mail: Hosts,
    uri: Hosts,
    v4: Networks,
    v6: Networks,
}

/// Hosts, and domains whose hosts below are meant and not themselves.
#[derive(Default)]
struct Hosts {
    exact: HashSet<Box<str>>,
    below: HashSet<Box<str>>,
}

impl Table {
    pub(super) fn new(subtrees: &[Subtree]) -> Self {
        let mut table = Self::default();
        for subtree in subtrees {
            let form = Form::of(&subtree.base);
            table.forms |= form.bit();
            if !(subtree.whole && table.insert(&subtree.base)) {
                table.unusable |= form.bit();
            }
        }
        table
    }

    pub(super) fn has(&self, form: Form) -> bool {
        self.forms & form.bit() != 0
    }

    pub(super) fn is_unusable(&self, form: Form) -> bool {
        self.unusable & form.bit() != 0
    }

    /// Whether the name is within one of the subtrees. For a name that stands for many hosts,
    /// `any` asks whether one of them is, and otherwise whether all are.
    pub(super) fn holds(
        &self,
        name: &Comparable<'_>,
        work: &mut Work,
        any: bool,
    ) -> Result<bool, Refusal> {
        match name {
            Comparable::Directory(name) => self.holds_directory(name, work),
            Comparable::Dns { host, wildcard } => {
                if *wildcard && any {
                    work.look_up(host.len())?;
                    if self.above_dns.contains(host.as_str()) {
                        return Ok(true);
                    }
                }
                self.holds_dns(host, work)
            }
            Comparable::Mailbox { local, host } => {
                work.look_up(local.len() + host.len())?;
                let place = (local.as_ref().into(), host.as_str().into());
                Ok(self.mailboxes.contains(&place) || self.mail.hold(host, work)?)
            }
            Comparable::Uri(host) => self.uri.hold(host, work),
            Comparable::V4(address) => self.v4.hold(u128::from(*address), work),
            Comparable::V6(address) => self.v6.hold(*address, work),
        }
    }

    /// False when the subtree cannot be read in its form.
    fn insert(&mut self, base: &GeneralName) -> bool {
        match base {
            GeneralName::Directory(name) => {
                self.lengths.insert(name.prepared().len());
                self.directory.insert(name.prepared().into());
                true
            }
            GeneralName::Dns(text) => self.insert_dns(text),
            GeneralName::Rfc822(text) => match host::mailbox(text) {
                Some((local, host)) => {
                    self.mailboxes.insert((local.into(), host.into()));
                    true
                }
                None => self.mail.insert(text),
            },
            GeneralName::Uri(text) => self.uri.insert(text),
            GeneralName::Ip(octets) => self.insert_network(octets),
            GeneralName::Other(..)
            | GeneralName::X400(_)
            | GeneralName::EdiParty(_)
            | GeneralName::Registered(_) => false,
        }
    }

    /// The empty one is every name; one that begins with a full stop is none (RFC 5280 4.2.1.10
    /// has that for URIs and mail alone).
    fn insert_dns(&mut self, text: &[u8]) -> bool {
        let domain = if text.is_empty() {
            String::new()
        } else if let Some(domain) = host::host(text) {
            domain
        } else {
            return false;
        };
        if let Some(above) = host::upwards(&domain).nth(1) {
            self.above_dns.insert(above.into());
        }
        self.dns.insert(domain.into());
        true
    }

    fn insert_network(&mut self, octets: &[u8]) -> bool {
        let (address, mask) = octets.split_at(octets.len() / 2);
        let number = |octets: &[u8]| octets.iter().fold(0, |n, o| n << 8 | u128::from(*o));
        match octets.len() {
            8 => self.v4.insert(number(address), number(mask), 32),
            32 => self.v6.insert(number(address), number(mask), 128),
            _ => false,
        }
    }

    fn holds_directory(&self, name: &Name, work: &mut Work) -> Result<bool, Refusal> {
        for end in std::iter::once(0).chain(name.ends()) {
            work.spend(1)?;
            if self.lengths.contains(&end)
                && let Some(part) = name.prepared().get(..end)
            {
                work.look_up(part.len())?;
                if self.directory.contains(part) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn holds_dns(&self, host: &str, work: &mut Work) -> Result<bool, Refusal> {
        for domain in host::upwards(host) {
            work.look_up(domain.len())?;
            if self.dns.contains(domain) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Hosts {
    fn insert(&mut self, text: &[u8]) -> bool {
        let (set, text) = match text.strip_prefix(b".") {
            Some(domain) => (&mut self.below, domain),
            None => (&mut self.exact, text),
        };
        host::host(text).is_some_and(|host| {
            set.insert(host.into());
            true
        })
    }

    fn hold(&self, host: &str, work: &mut Work) -> Result<bool, Refusal> {
        work.look_up(host.len())?;
        if self.exact.contains(host) {
            return Ok(true);
        }
        for domain in host::upwards(host).skip(1) {
            work.look_up(domain.len())?;
            if self.below.contains(domain) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
