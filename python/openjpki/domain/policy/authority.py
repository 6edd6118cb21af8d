"""The policy of one prefectural authority."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from openjpki.domain.policy.evidence import EvidencePolicy
from openjpki.domain.policy.partitions import PartitionPolicy
from openjpki.domain.policy.revocation import CrlPolicy
from openjpki.domain.policy.user_keys import UserKeyPolicy
from openjpki.domain.policy.validity import ValidityPolicy, years_later_or_day_before


@dataclass(frozen=True, slots=True)
class NamePolicy:
    """The organisation in the authority's DNs; the rest of them follows from the prefecture."""

    organization: str = "OpenJPKI"
    """Never ``JPKI``: readers take that for an impersonation of the national service."""
    organization_japanese: str = "オープン公的個人認証"
    """O of the Japanese directoryName in issuerAltName and in the authority's subjectAltName."""


@dataclass(frozen=True, slots=True)
class AuthorityKeyPolicy:
    """The governor's own key (R9.1.1, R9.2.4b)."""

    bits: int = 2048
    exponent: int = 65537
    valid_years: int = 10
    replaced_after_years: int = 5
    """After so many years the key certifies no user any more; a new generation does. What else a
    key signs, and what one that retires goes on signing (lists, responders' certificates), is its
    generation's state to say: :mod:`openjpki.domain.generation`."""

    def certifies_users_until(self, begin: datetime) -> datetime:
        """From ``begin``, the notBefore of the generation's certificate."""
        return years_later_or_day_before(begin, self.replaced_after_years)


@dataclass(frozen=True, slots=True)
class OcspPolicy:
    """Freshness of OCSP answers and life of the delegated responders."""

    response_lifetime: timedelta = timedelta(minutes=5)
    """From when an answer is made to its nextUpdate: how long a verifier may keep it."""
    max_staleness: timedelta = timedelta(hours=6)
    """How long a replica that hears nothing more of the authority goes on answering from what it
    knows: no nextUpdate lies further than this past thisUpdate, but of a revoked certificate."""
    responder_lifetime: timedelta = timedelta(days=30)
    """Validity of a responder certificate; short, as ocsp-nocheck exempts it from status checks."""
    live_responders: int = 4
    """Valid responder certificates that one replica may have of one generation of the key: those of
    two keys, of which one takes the other's place, each with the one that is about to end."""


@dataclass(frozen=True, slots=True)
class CrossPolicy:
    """Cross certificates that the authority issues (R4.4)."""

    validity: timedelta = timedelta(days=3 * 365)
    """The longest, and the usual one."""


@dataclass(frozen=True, slots=True)
class AuthorityPolicy:
    """Everything an authority decides by policy; the defaults are those of the profiles."""

    version: str = "1"
    """Of the CP/CPS whose parameters these are."""
    certificate_policy_oid: str = "1.3.6.1.4.1.32473.8.1.1"
    """Policy of user certificates; under the enterprise number for examples (RFC 5612) until an
    operator has its own. Not under 2.999: decoders in use refuse a second number above 39."""
    cps_uri: str = "https://openjpki.example/cps"
    signature_algorithm: str = "sha256WithRSAEncryption"
    names: NamePolicy = field(default_factory=NamePolicy)
    validity: ValidityPolicy = field(default_factory=ValidityPolicy)
    user_keys: UserKeyPolicy = field(default_factory=UserKeyPolicy)
    authority_key: AuthorityKeyPolicy = field(default_factory=AuthorityKeyPolicy)
    crl: CrlPolicy = field(default_factory=CrlPolicy)
    ocsp: OcspPolicy = field(default_factory=OcspPolicy)
    cross: CrossPolicy = field(default_factory=CrossPolicy)
    partitions: PartitionPolicy = field(default_factory=PartitionPolicy)
    evidence: EvidencePolicy = field(default_factory=EvidencePolicy)
    sexes: frozenset[str] = frozenset({"1", "2"})
    """Digits that otherName .3 may hold."""
    crl_uri: str | None = None
    """Template of the address of a list, beside its name; none by default. ``{partition}`` and
    ``{generation}`` (the number of the key that signs it) stand for what makes it one list."""
    delta_crl_uri: str | None = None
    """The same of a delta list: what freshestCRL of the complete one names, beside its name."""
    ocsp_uri: str | None = None
    """authorityInfoAccess; the extension is left out where there is none."""

    def list_address(self, partition: str, generation: int) -> str | None:
        """Where the list of a partition, signed by a generation's key, is fetched; None where the
        list is named only."""
        return _filled(self.crl_uri, partition, generation)

    def delta_list_address(self, partition: str, generation: int) -> str | None:
        """The same of its delta list."""
        return _filled(self.delta_crl_uri, partition, generation)


def _filled(template: str | None, partition: str, generation: int) -> str | None:
    if template is None:
        return None
    return template.replace("{partition}", partition).replace("{generation}", str(generation))
