//! The policy variables of RFC 5280 6.1.2 along a path.

use super::graph::Graph;
use super::{ANY_POLICY, PathPolicy, PolicySets};
use crate::certificate::Certificate;
use crate::verdict::{Reason, Refusal};

/// Graph and counters. Counters are how many more certificates may come before the rule holds.
pub(crate) struct PolicyState<'a> {
    inputs: &'a PathPolicy,
    /// Nothing is the NULL graph.
    graph: Option<Graph<'a>>,
    /// Looks that the graph took, and how many of them are accounted for.
    looks: usize,
    counted: usize,
    explicit: u32,
    mapping: u32,
    any: u32,
}

impl<'a> PolicyState<'a> {
    /// `length` is of the path, `most` what its graph may take, in looks. The anchor's own
    /// policyConstraints and inhibitAnyPolicy count from its first certificate on.
    pub(crate) fn new(
        inputs: &'a PathPolicy,
        anchor: &Certificate,
        length: usize,
        most: usize,
    ) -> Self {
        let never = u32::try_from(length).unwrap_or(u32::MAX).saturating_add(1);
        let from = |now: bool| if now { 0 } else { never };
        let mut state = Self {
            inputs,
            graph: Some(Graph::new(most)),
            looks: 0,
            counted: 0,
            explicit: from(inputs.explicit),
            mapping: from(inputs.inhibit_mapping),
            any: from(inputs.inhibit_any),
        };
        state.lower(anchor);
        state
    }

    /// Looks that the graph took since this was asked last. Asked whatever [`Self::take`] and
    /// [`Self::prepare`] say.
    pub(crate) fn looks(&mut self) -> usize {
        let since = self.looks - self.counted;
        self.counted = self.looks;
        since
    }

    /// RFC 5280 6.1.3 (d) to (f).
    pub(crate) fn take(&mut self, certificate: &'a Certificate, last: bool) -> Result<(), Refusal> {
        let any_allowed = self.any > 0 || (!last && certificate.is_self_issued());
        self.graph = match (self.graph.take(), certificate.policies()) {
            (Some(mut graph), Some(policies)) => {
                graph.descend(policies, any_allowed);
                self.looks = graph.looks();
                bounded(&graph)?;
                (!graph.is_null()).then_some(graph)
            }
            _ => None,
        };
        self.required("certificatePolicies: a policy is required and none is left")
    }

    /// RFC 5280 6.1.4 (a), (b), (h) to (j): before the next certificate.
    pub(crate) fn prepare(&mut self, certificate: &'a Certificate) -> Result<(), Refusal> {
        let mappings = certificate.mappings();
        let any = |(issuer, subject): &(_, _)| [issuer, subject].contains(&&ANY_POLICY);
        if mappings.iter().any(any) {
            return Err(Refusal::new(
                Reason::PolicyMappingInvalid,
                "policyMappings: anyPolicy is mapped",
            ));
        }
        if let Some(graph) = &mut self.graph
            && !mappings.is_empty()
        {
            if self.mapping > 0 {
                graph.map(mappings);
                self.looks = graph.looks();
                bounded(graph)?;
            } else {
                graph.delete_mapped(mappings);
                if graph.is_null() {
                    self.graph = None;
                }
            }
        }
        if !certificate.is_self_issued() {
            self.explicit = self.explicit.saturating_sub(1);
            self.mapping = self.mapping.saturating_sub(1);
            self.any = self.any.saturating_sub(1);
        }
        self.lower(certificate);
        Ok(())
    }

    /// RFC 5280 6.1.5 (a), (b), (g), after the last certificate.
    pub(crate) fn finish(mut self, target: &Certificate) -> Result<PolicySets, Refusal> {
        self.explicit = self.explicit.saturating_sub(1);
        if target.require_explicit() == Some(0) {
            self.explicit = 0;
        }
        let sets = self
            .graph
            .as_ref()
            .map(|graph| graph.sets(&self.inputs.initial))
            .unwrap_or_default();
        if sets.user.is_empty() && self.explicit == 0 {
            return Err(Refusal::new(
                Reason::PolicyRequired,
                "certificatePolicies: a policy is required and none of those asked for is left",
            ));
        }
        Ok(sets)
    }

    fn required(&self, rule: &'static str) -> Result<(), Refusal> {
        if self.explicit == 0 && self.graph.is_none() {
            return Err(Refusal::new(Reason::PolicyRequired, rule));
        }
        Ok(())
    }

    fn lower(&mut self, certificate: &Certificate) {
        let least = |counter: u32, stated: Option<u32>| stated.map_or(counter, |n| n.min(counter));
        self.explicit = least(self.explicit, certificate.require_explicit());
        self.mapping = least(self.mapping, certificate.inhibit_mapping());
        self.any = least(self.any, certificate.inhibit_any());
    }
}

/// Another path to the same certificate may take less.
fn bounded(graph: &Graph<'_>) -> Result<(), Refusal> {
    if graph.is_too_large() {
        return Err(Refusal::new(
            Reason::LimitReached,
            "certificatePolicies: more policies than allowed, where anyPolicy counts",
        )
        .of_path());
    }
    Ok(())
}
