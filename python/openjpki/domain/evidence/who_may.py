"""Which officers may state what: the role, and of which place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openjpki.domain.evidence.applications import (
    ApplicationDecided,
    ApplicationSubmitted,
    ApplicationTakenOver,
    IdentityChecked,
    KeyPresented,
)
from openjpki.domain.evidence.cross_certification import CrossCertificationApproved
from openjpki.domain.evidence.cross_revocation import CrossRevocationApproved
from openjpki.domain.evidence.ex_officio import ErrorFound
from openjpki.domain.evidence.key_generation import KeyGenerated
from openjpki.domain.evidence.renumbered_list import RenumberedListAccepted
from openjpki.domain.evidence.revocation import RevocationAsked
from openjpki.domain.officers import Officer, OfficerRole
from openjpki.domain.policy import RevocationCause
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openjpki.domain.authority import AuthorityId

OfficersStatement = (
    ApplicationSubmitted
    | ApplicationTakenOver
    | IdentityChecked
    | KeyPresented
    | ApplicationDecided
    | RevocationAsked
    | ErrorFound
    | CrossCertificationApproved
    | CrossRevocationApproved
    | RenumberedListAccepted
    | KeyGenerated
)
"""What an act rests on. A key presented for enrolment is judged by operators, a receipt by whoever
keeps it."""

CAUSES: Final[Mapping[OfficerRole, frozenset[RevocationCause]]] = {
    OfficerRole.WINDOW_OFFICER: frozenset(
        {RevocationCause.USER_WISH, RevocationCause.KEY_COMPROMISE}
    ),
    # R3.1.2: ex officio, when what is certified has changed.
    OfficerRole.GOVERNOR_OFFICER: frozenset(
        {RevocationCause.CHANGE_NOTICE, RevocationCause.KEY_COMPROMISE}
    ),
    OfficerRole.BRIDGE_OFFICER: frozenset(),
    OfficerRole.KEY_GENERATOR: frozenset(),
}
"""For which causes an officer of each role may have a user's certificate revoked. The others are
nobody's single act: RENEWAL follows from another certificate, AUTHORITY_COMPROMISE ends all that a
key has signed, and errors two officers find."""


def require_may_state(officer: Officer, statement: OfficersStatement, *, field: str) -> None:
    """Raises ``OFFICER_OUT_OF_SCOPE`` unless the statement is this officer's to make, and
    ``REASON_NOT_ALLOWED`` for a cause of revocation that is not."""
    if not _may_state(officer, statement):
        raise OpenJpkiError(
            Reason.OFFICER_OUT_OF_SCOPE,
            "is signed by an officer whose role or place may not state this",
            field=field,
            officer=str(officer),
            statement=statement.kind.value,
        )
    if isinstance(statement, RevocationAsked) and statement.cause not in CAUSES[officer.role]:
        raise OpenJpkiError(
            Reason.REASON_NOT_ALLOWED,
            f"is no cause for which a {officer.role} may revoke",
            field="cause",
        )


def _may_state(officer: Officer, statement: OfficersStatement) -> bool:
    if isinstance(statement, KeyGenerated) or officer.role is OfficerRole.KEY_GENERATOR:
        # A device states what it made, and nobody else does.
        return (
            isinstance(statement, KeyGenerated)
            and officer.role is OfficerRole.KEY_GENERATOR
            and officer.municipality == statement.municipality
        )
    if isinstance(
        statement, ApplicationSubmitted | ApplicationTakenOver | IdentityChecked | KeyPresented
    ):
        return officer.municipality == statement.municipality
    if isinstance(statement, ApplicationDecided):
        return _at_window_or_governor(officer, statement.authority_id) and officer.municipality in {
            None,
            statement.municipality,
        }
    if isinstance(statement, RevocationAsked):
        # At the window somebody was seen; ex officio nobody was.
        seen_at = None if statement.seen is None else statement.seen.municipality
        return officer.municipality == seen_at and _at_window_or_governor(
            officer, statement.authority_id
        )
    if isinstance(statement, ErrorFound):
        return (
            officer.role is OfficerRole.GOVERNOR_OFFICER
            and officer.authority_id == statement.authority_id
        )
    if isinstance(statement, RenumberedListAccepted):
        return officer.role is OfficerRole.BRIDGE_OFFICER
    # Whoever may approve a cross certificate may end it.
    return officer.role is OfficerRole.BRIDGE_OFFICER or (
        officer.role is OfficerRole.GOVERNOR_OFFICER and officer.authority_id == statement.issuer
    )


def _at_window_or_governor(officer: Officer, authority_id: AuthorityId) -> bool:
    """Whether a user's certificate of that authority can be this officer's matter."""
    if officer.role is OfficerRole.GOVERNOR_OFFICER:
        return officer.authority_id == authority_id
    municipality = officer.municipality
    return municipality is not None and municipality.prefecture == authority_id.prefecture
