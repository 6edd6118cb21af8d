"""An authority's policy as data: what its CP/CPS states and what the services enforce are one.

Defaults follow the certificate profiles; `violations` holds a policy against the ministry's
technical standards (R1.3.5) before it takes effect.
"""

from openjpki.domain.policy.authority import (
    AuthorityKeyPolicy,
    AuthorityPolicy,
    CrossPolicy,
    NamePolicy,
    OcspPolicy,
)
from openjpki.domain.policy.baseline import Baseline, Violation, violations
from openjpki.domain.policy.document import parse_policy, policy_document
from openjpki.domain.policy.evidence import EvidencePolicy
from openjpki.domain.policy.partitions import Partition, PartitionPolicy
from openjpki.domain.policy.revocation import CrlPolicy, RevocationCause, RevocationReason
from openjpki.domain.policy.user_keys import UserKeyPolicy
from openjpki.domain.policy.validity import ValidityPolicy, begins, validity

__all__ = [
    "AuthorityKeyPolicy",
    "AuthorityPolicy",
    "Baseline",
    "CrlPolicy",
    "CrossPolicy",
    "EvidencePolicy",
    "NamePolicy",
    "OcspPolicy",
    "Partition",
    "PartitionPolicy",
    "RevocationCause",
    "RevocationReason",
    "UserKeyPolicy",
    "ValidityPolicy",
    "Violation",
    "begins",
    "parse_policy",
    "policy_document",
    "validity",
    "violations",
]
