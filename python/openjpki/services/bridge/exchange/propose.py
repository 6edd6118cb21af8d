"""Opening a cross-certification in one direction (R4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from openjpki import signer_core
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.authority import certification_request
from openjpki.services.bridge.authority.own_authority import require_own
from openjpki.services.bridge.context import by_the_owner, enter_in_journal
from openjpki.services.bridge.exchange.answers import CrossAnswer
from openjpki.services.bridge.exchange.received import read_received
from openjpki.services.bridge.find_partner import (
    certificate_of,
    find_governor,
    require_partner,
)
from openjpki.services.bridge.journal import CROSS_PROPOSED
from openjpki.services.bridge.pool.refresh import refresh_governors
from openjpki.storage.bridge import crosses
from openjpki.storage.bridge.crosses import CrossRecord
from openjpki.storage.bridge.kinds import Direction, PartnerKind, State
from openjpki.storage.kernel.failures import StorageConflictError
from openjpki.storage.kernel.requests import forgotten
from openjpki.x509.foreign.partner import partner_from_csr
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.profiles.policies import ANY_POLICY

if TYPE_CHECKING:
    from openjpki.services.bridge.authority.own_authority import OwnGeneration
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.storage.bridge.partners import PartnerRecord
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

_NAMESPACE = UUID("c1b7f0a4-37a8-4a0e-8f26-0e0f5d2a9c64")
MOST_PENDING = 20
"""Undecided, with one partner: whoever proposes without end hides what officers look for."""
Mappings = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a partner or an officer proposes, as asked."""

    partner_id: str
    direction: Direction
    mappings: Mappings
    """(issuer's policy, subject's policy), dotted; each pair once."""
    certification_request: bytes | None
    """The partner's PKCS#10, DER."""
    certificate: bytes | None
    """What a foreign partner has issued to the service bridge, X.509 DER."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """What is kept of a proposal that may be decided."""

    mappings: Mappings
    certification_request: bytes | None = None
    offered: bytes | None = None


@by_the_owner
def propose(bridge: BridgeContext, proposal: Proposal, request_key: RequestKey) -> CrossAnswer:
    """Open it, for two officers to decide; on a retry the first answer.

    Raises ``PARTNER_NOT_FOUND``, ``INVALID_FIELD``, reasons of a refused PKCS#10,
    ``CROSS_CERTIFICATE_REFUSED``, ``SERVICE_UNAVAILABLE``, and ``REQUEST_ID_REUSED`` for a retry so
    late that the answer is forgotten.
    """
    with bridge.database.reading() as tx:
        answer = bridge.requests.find(tx, request_key)
        if answer is not None:
            return CrossAnswer.from_bytes(answer)
        partner = require_partner(tx, proposal.partner_id)
    if partner.kind is PartnerKind.PREFECTURAL:
        refresh_governors(bridge)
    with bridge.database.reading() as tx:
        own = require_own(tx)
        theirs = certificate_of(tx, partner)
        governor = find_governor(tx, partner.partner_id)
    direction = proposal.direction
    _refuse_what_is_not_asked(proposal, partner)
    if direction is Direction.TO_PARTNER:
        checked = _to_partner(bridge, proposal, partner, theirs)
    elif partner.kind is PartnerKind.PREFECTURAL:
        checked = _Checked(
            mappings=_require_mappings(proposal.mappings, issuer=None, subject=bridge.policy_oid),
            certification_request=certification_request.made(bridge, own),
        )
    else:
        checked = _offered(bridge, proposal.certificate or b"", own, theirs)
    if governor is not None and partner.kind is PartnerKind.PREFECTURAL:
        _require_governors_policy(checked.mappings, governor.policy_oid, direction)
    at = bridge.clock.now()
    proposed = CrossRecord(
        cross_certification_id=_id_of(request_key),
        partner_id=partner.partner_id,
        direction=direction,
        state=State.PENDING,
        mappings=checked.mappings,
        certification_request=checked.certification_request,
        offered=checked.offered,
        proposed_at=at,
    )
    kept = bridge.requests.once(
        bridge.writer,
        request_key,
        at,
        lambda tx: _keep(bridge, tx, proposed, request_key).to_bytes(),
    )
    return CrossAnswer.from_bytes(kept)


def _id_of(request_key: RequestKey) -> str:
    """Of the one cross-certification that a call can open, however late it is repeated."""
    return str(uuid5(_NAMESPACE, f"propose {request_key.caller} {request_key.request_id}"))


def _keep(
    bridge: BridgeContext, tx: Transaction, proposed: CrossRecord, request_key: RequestKey
) -> CrossAnswer:
    if not crosses.add(tx, proposed):
        if bridge.requests.find(tx, request_key) is not None:
            # The same call came in twice at once and the other was first: this transaction, done
            # again, finds its answer.
            raise StorageConflictError
        raise forgotten()
    if crosses.pending_of(tx, proposed.partner_id) > MOST_PENDING:
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED,
            f"has {MOST_PENDING} proposals that nobody has decided",
            field="partner_id",
        )
    enter_in_journal(
        bridge,
        tx,
        act=CROSS_PROPOSED,
        actor=request_key.caller,
        subject=proposed.cross_certification_id,
        details={"partner_id": proposed.partner_id, "method": proposed.direction.value},
        at=proposed.proposed_at,
    )
    return CrossAnswer.of(proposed)


def _to_partner(
    bridge: BridgeContext, proposal: Proposal, partner: PartnerRecord, theirs: bytes
) -> _Checked:
    if partner.kind is PartnerKind.PREFECTURAL:
        csr = bridge.ca.certification_request(AuthorityId.parse(partner.partner_id))
    else:
        csr = proposal.certification_request or b""
    _require_partners_request(csr, theirs)
    return _Checked(
        mappings=_require_mappings(proposal.mappings, issuer=bridge.policy_oid, subject=None),
        certification_request=csr,
    )


def _require_partners_request(csr: bytes, theirs: bytes) -> None:
    """A PKCS#10 of the registered authority: its name and its key."""
    field = "certification_request"
    asked = partner_from_csr(csr, field=field)
    certificate = read_certificate(theirs, field="partner_certificate")
    same_name = signer_core.same_name(asked.name_der, certificate.subject_der)
    if not same_name or asked.spki_der != certificate.public_key:
        raise OpenJpkiError(
            Reason.CROSS_CERTIFICATE_REFUSED,
            "must be for the name and key the partner is registered with",
            field=field,
        )


def _offered(bridge: BridgeContext, der: bytes, own: OwnGeneration, theirs: bytes) -> _Checked:
    mappings = read_received(
        der,
        own=own.stored.certificate,
        partner=theirs,
        policy_oid=bridge.policy_oid,
        at=bridge.clock.now(),
    )
    return _Checked(mappings=mappings, offered=der)


def _require_mappings(pairs: Mappings, *, issuer: str | None, subject: str | None) -> Mappings:
    """The pairs, if they may be agreed; ``issuer`` or ``subject``: what that side must be, if it
    is ours."""
    field = "policy_mappings"
    if not pairs:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must name at least one policy", field=field)
    for mine, theirs in pairs:
        if ANY_POLICY in (mine, theirs):
            raise OpenJpkiError(Reason.INVALID_FIELD, "must not map anyPolicy", field=field)
        if (issuer is not None and mine != issuer) or (subject is not None and theirs != subject):
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must name the service bridge's own policy on its side",
                field=field,
                policy=issuer or subject or "",
            )
    return pairs


def _require_governors_policy(mappings: Mappings, policy_oid: str, direction: Direction) -> None:
    side = 0 if direction is Direction.FROM_PARTNER else 1
    if any(pair[side] != policy_oid for pair in mappings):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must name the prefectural authority's own policy on its side",
            field="policy_mappings",
            policy=policy_oid,
        )


def _refuse_what_is_not_asked(proposal: Proposal, partner: PartnerRecord) -> None:
    foreign = partner.kind is PartnerKind.FOREIGN
    to_partner = proposal.direction is Direction.TO_PARTNER
    for field, given, needed in (
        ("certification_request", proposal.certification_request, foreign and to_partner),
        ("certificate", proposal.certificate, foreign and not to_partner),
    ):
        if (given is not None) != needed:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                "must be given" if needed else "must be absent for this partner and direction",
                field=field,
            )
    if foreign and not to_partner and proposal.mappings:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be absent: the certificate says it", field="policy_mappings"
        )
