"""Whether what officers stated may be acted upon: who, of where, fresh, and truly signed.

ca and bridge ask this of their own registers at the moment of the act, in the transaction of the
act, so that a revocation of a key that was committed before counts. Nothing here trusts the service
that passed the signatures on.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from openjpki.domain.evidence.ex_officio import WAITS_AT_MOST
from openjpki.domain.evidence.who_may import OfficersStatement, require_may_state
from openjpki.domain.officers import KeyState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.evidence.cose import each_is_signed, not_signed
from openjpki.evidence.encoding import encode
from openjpki.evidence.public_key import StatementPublicKey

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from openjpki.domain.evidence import (
        ApplicationDecided,
        ApplicationSubmitted,
        ApplicationTakenOver,
        CrossCertificationApproved,
        CrossRevocationApproved,
        ErrorFound,
        IdentityChecked,
        KeyPresented,
        OfficerSignature,
        RevocationAsked,
    )
    from openjpki.domain.officers import EnrolledKey, Officer
    from openjpki.domain.policy import EvidencePolicy

_Stated_co = TypeVar("_Stated_co", bound=OfficersStatement, covariant=True)


class OfficersRegister(Protocol):
    """Who is enrolled, as of the moment of asking."""

    def find(self, key_sha256: bytes) -> EnrolledKey | None:
        """The key of that fingerprint, whatever its state; None when it was never enrolled."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented(Generic[_Stated_co]):
    """A statement that the verifier built, and the signature that came with the request."""

    statement: _Stated_co
    signature: OfficerSignature
    field: str
    """Where the signature stands in the request, e.g. ``approval``."""
    octets: bytes = dataclasses.field(init=False, repr=False)
    """The statement's, which are verified and then kept."""

    def __post_init__(self) -> None:
        """``ValueError`` for a statement of another occasion than the signature's."""
        if self.statement.occasion != self.signature.occasion:
            raise ValueError("the statement must be built on the signature's own occasion")
        object.__setattr__(self, "octets", encode(self.statement))

    @property
    def officer(self) -> Officer:
        """Who is said to have signed."""
        return self.signature.occasion.officer


def require_issuance(
    register: OfficersRegister,
    *,
    submitted: Presented[ApplicationSubmitted],
    taken_over: Presented[ApplicationTakenOver] | None,
    checked: Presented[IdentityChecked],
    presented: Presented[KeyPresented],
    decided: Presented[ApplicationDecided],
    policy: EvidencePolicy,
    now: datetime,
) -> None:
    """Raises unless a user's certificate may be made on these statements.

    ``OFFICER_NOT_ENROLLED``, ``OFFICER_REVOKED``, ``OFFICER_KEY_NOT_VALID``,
    ``EVIDENCE_SIGNATURE_INVALID``, ``OFFICER_OUT_OF_SCOPE``, ``EVIDENCE_STALE``, ``SAME_OFFICER``,
    each naming the signature at fault; ``EVIDENCE_SIGNATURE_INVALID`` too for a decision against.

    Where another officer took the application over, it rests on that one's statement, held to all
    that a submission is held to. Of who took it at first only the signature is looked at: whether
    they are an officer still, and how long ago it was, is what being taken over is for.

    That who decides took in no key is no matter of policy: two people name the key, each from what
    they saw, so that no service between them can put another one in its place.
    """
    if not decided.statement.approved:
        raise OpenJpkiError(
            Reason.EVIDENCE_SIGNATURE_INVALID, "is no approval", field=decided.field
        )
    stated: list[tuple[Presented[OfficersStatement], timedelta | None]] = [
        (submitted, policy.submitted_within if taken_over is None else None),
        *([] if taken_over is None else [(taken_over, policy.submitted_within)]),
        (checked, policy.checked_within),
        (presented, policy.checked_within),
        (decided, policy.decided_within),
    ]
    _require_each(register, stated, policy=policy, now=now)
    if policy.approver_did_not_check:
        _require_other(decided, checked, "who checked identity")
    if policy.approver_did_not_submit:
        _require_other(decided, submitted, "who took the application")
        if taken_over is not None:
            _require_other(decided, taken_over, "who took the application over")
    _require_other(decided, presented, "who took the key")


def require_revocation(
    register: OfficersRegister,
    asked: Presented[RevocationAsked],
    *,
    policy: EvidencePolicy,
    now: datetime,
) -> None:
    """Raises unless a user's certificate may be revoked on this statement: as
    :func:`require_issuance`, and ``REASON_NOT_ALLOWED`` for a cause that is not the officer's."""
    require_stated(register, asked, within=policy.revocation_within, policy=policy, now=now)


def require_error_found(
    register: OfficersRegister,
    *,
    proposed: Presented[ErrorFound],
    approved: Presented[ErrorFound],
    policy: EvidencePolicy,
    now: datetime,
) -> None:
    """Raises unless a user's certificate may be revoked on what these two officers found: as
    :func:`require_issuance`."""
    within = policy.revocation_within
    _require_each(
        register,
        [(proposed, WAITS_AT_MOST + within), (approved, within)],
        policy=policy,
        now=now,
    )
    _require_other(approved, proposed, "who proposed it")


def require_cross_certification(
    register: OfficersRegister,
    approvals: Sequence[Presented[CrossCertificationApproved]],
    *,
    policy: EvidencePolicy,
    now: datetime,
) -> None:
    """Raises unless enough different officers approved: as :func:`require_issuance`."""
    _require_officers_at_bridge(register, approvals, policy=policy, now=now)


def require_cross_revocation(
    register: OfficersRegister,
    approvals: Sequence[Presented[CrossRevocationApproved]],
    *,
    policy: EvidencePolicy,
    now: datetime,
) -> None:
    """Raises unless as many different officers want it ended as approve one: as
    :func:`require_issuance`."""
    _require_officers_at_bridge(register, approvals, policy=policy, now=now)


def require_stated(
    register: OfficersRegister,
    presented: Presented[OfficersStatement],
    *,
    within: timedelta,
    policy: EvidencePolicy,
    now: datetime,
) -> None:
    """Raises unless this one statement counts now: as :func:`require_issuance`.

    ``within``: how long ago it may have been signed.
    """
    _require_each(register, [(presented, within)], policy=policy, now=now)


def _require_each(
    register: OfficersRegister,
    stated: Sequence[tuple[Presented[OfficersStatement], timedelta | None]],
    *,
    policy: EvidencePolicy,
    now: datetime,
) -> None:
    """As :func:`require_stated`, of each statement within its time, in order; None: its key may
    have been revoked or have ended since, and it may be of any time."""
    known = [register.find(one.signature.key_sha256) for one, _ in stated]
    # All signatures in one call, and the rules after that: what is said first of a request does
    # not depend on what was verified together.
    signed = iter(
        each_is_signed(
            (
                one.octets,
                one.signature.signature,
                StatementPublicKey.parse(key.spki_der, field=one.field),
            )
            for (one, _), key in zip(stated, known, strict=True)
            if key is not None
        )
    )
    for (presented, within), key in zip(stated, known, strict=True):
        field = presented.field
        is_signed = key is not None and next(signed)
        if key is None or key.officer != presented.officer:
            # Also a key that is another officer's: enrolled for this one it is not.
            raise _refused(
                Reason.OFFICER_NOT_ENROLLED, "is signed with no key of this officer", field
            )
        if not is_signed:
            raise not_signed(presented.statement.kind.value, field=field)
        if within is None:
            require_may_state(presented.officer, presented.statement, field=field)
        else:
            _require_counting(key, presented, within, policy=policy, now=now)


def _require_counting(
    key: EnrolledKey,
    presented: Presented[OfficersStatement],
    within: timedelta,
    *,
    policy: EvidencePolicy,
    now: datetime,
) -> None:
    """What is signed counts: the key does, and the officer may state this, and did so lately."""
    field = presented.field
    _require_enrolled(key, field)
    signed_at = presented.signature.occasion.signed_at
    # Now as well: who holds a key that has ended could date a statement back.
    if not key.holds_at(signed_at) or not key.holds_at(now):
        raise _refused(
            Reason.OFFICER_KEY_NOT_VALID, "is signed with a key outside its times", field
        )
    require_may_state(presented.officer, presented.statement, field=field)
    if not -policy.clock_skew <= now - signed_at <= within:
        raise _refused(
            Reason.EVIDENCE_STALE, "was signed too long ago, or by a clock that is ahead", field
        )


def _require_officers_at_bridge(
    register: OfficersRegister,
    approvals: Sequence[Presented[CrossCertificationApproved] | Presented[CrossRevocationApproved]],
    *,
    policy: EvidencePolicy,
    now: datetime,
) -> None:
    within = policy.cross_approved_within
    _require_each(register, [(one, within) for one in approvals], policy=policy, now=now)
    # A bridge's officer who is a governor's as well is one person.
    people = {approval.officer.account for approval in approvals}
    if len(people) < max(policy.cross_approvers, len(approvals)):
        raise OpenJpkiError(
            Reason.SAME_OFFICER,
            f"must be {policy.cross_approvers} or more, each of another officer",
            field=approvals[-1].field if approvals else None,
        )


def _require_enrolled(key: EnrolledKey, field: str) -> None:
    if key.state is not KeyState.ENROLLED:
        raise _refused(
            Reason.OFFICER_REVOKED, f"is signed with a key that is {key.state.value}", field
        )


def _require_other(
    later: Presented[OfficersStatement], earlier: Presented[OfficersStatement], who: str
) -> None:
    if later.officer.may_be(earlier.officer):
        raise _refused(Reason.SAME_OFFICER, f"must be of another officer than {who}", later.field)


def _refused(reason: Reason, rule: str, field: str) -> OpenJpkiError:
    return OpenJpkiError(reason, rule, field=field)
