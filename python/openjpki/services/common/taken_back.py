"""After a restore: officers and credentials that were taken back since the backup are so again.

The database no longer knows of it. Services that kept theirs tell what they know
(:mod:`openjpki.services.common.tell_taken_back`), and who decided it adds the rest, one line for
each. Officers are suspended, as by one operator, and another decides about each as ever.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openjpki.domain.officers import Officer
from openjpki.domain.officers.enrolment import RevocationOfOfficer
from openjpki.domain.served_scope import EVERYTHING
from openjpki.domain.stated_time import written
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.denying import enter_denied, require_credential
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.officers.revoke import revoke_officer
from openjpki.storage.kernel.journal_end import newest_moment
from openjpki.storage.kernel.requests import RequestKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.services.common.officers.context import OfficersContext
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal

FIELD = "--taken-back"
_METHOD = "openjpki restore"
_OFFICER, _CREDENTIAL, _TOLD = "officer", "credential", "told"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_CAUSES = {"left": "LEFT", "compromised": "COMPROMISED", "suspended": "SUSPENDED"}
_WORST = "compromised"
_NOTHING_LEFT = {Reason.OFFICER_NOT_ENROLLED, Reason.OFFICER_REVOKED}
"""The backup is from before the officer was enrolled, or from after the end."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What is to count no more."""

    officers: tuple[tuple[Officer, RevocationOfOfficer], ...] = ()
    credentials: tuple[tuple[str, str], ...] = ()
    """A SPIFFE id, or ``sha256:`` and a fingerprint; and the cause as the list keeps it."""
    told: tuple[tuple[str, datetime], ...] = ()
    """Services that told of it, and from when on."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many entries the database did not have."""

    officers: int
    credentials: int


def parse_taken_back(lines: Iterable[str]) -> TakenBack:
    """Reads ``officer ROLE/PLACE/ACCOUNT CAUSE`` (left, key_compromise, misuse), ``credential ID
    CAUSE`` (left, compromised, suspended) and ``told SERVICE MOMENT``; empty lines and those that
    begin with ``#`` say nothing.

    Raises ``INVALID_FIELD`` naming the line: what can't be read must not be left out.
    """
    officers, credentials, told = [], [], []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            what, who, cause = words
            if what == _OFFICER:
                officers.append((Officer.parse(who), RevocationOfOfficer(cause)))
                continue
            if what == _TOLD:
                told.append((who, datetime.strptime(cause, _MOMENT).replace(tzinfo=UTC)))
                continue
            require_credential(who)
            credentials.append((who, {_CREDENTIAL: _CAUSES}[what][cause]))
        except (ValueError, KeyError, OpenJpkiError) as error:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"has no officer or credential with a cause in line {number}",
                field=FIELD,
            ) from error
    return TakenBack(tuple(officers), tuple(credentials), tuple(told))


def told_line(service: str, since: datetime) -> str:
    """Says which service's list begins here, and from when on it has everything."""
    return f"{_TOLD} {service} {written(since)}"


def officer_line(officer: Officer, cause: RevocationOfOfficer) -> str:
    """As :func:`parse_taken_back` reads it."""
    return f"{_OFFICER} {officer} {cause.value}"


def credential_line(credential: str, cause: str | None) -> str:
    """As :func:`parse_taken_back` reads it; ``cause`` as the list keeps it. Of one that is not
    known here the worst is assumed."""
    word = next((word for word, kept in _CAUSES.items() if kept == cause), _WORST)
    return f"{_CREDENTIAL} {credential} {word}"


def require_told_in_time(database: Database, taken: TakenBack) -> None:
    """Raises ``INVALID_FIELD`` for a list that begins only after the newest act that the database
    knows of: what was taken back in between would be on neither."""
    with database.reading() as tx:
        newest = newest_moment(tx, left_out=tell_left_out)
    for service, since in taken.told:
        if newest is not None and since > newest:
            raise OpenJpkiError(
                Reason.INVALID_FIELD,
                f"has what {service} tells from {written(since)} on, and the database ends at"
                f" {written(newest)}",
                field=FIELD,
            )


def take_back(
    database: Database,
    journal: Journal,
    taken: TakenBack,
    *,
    register: OfficersContext | None,
    actor: str,
    at: datetime,
) -> Outcome:
    """Suspend and deny them, where the service has a register and where it has not; done again, it
    changes nothing. Raises as :func:`require_told_in_time`, and then nothing was done."""
    require_told_in_time(database, taken)
    officers = 0
    for officer, cause in taken.officers:
        if register is None:
            break
        request_id = str(uuid.uuid4())
        digest = hashlib.sha256(f"{officer} {cause.value}".encode()).digest()
        request_key = RequestKey(_METHOD, actor, request_id, digest)
        try:
            revoke_officer(register, officer, cause, EVERYTHING, request_key)
        except OpenJpkiError as refusal:
            if refusal.reason not in _NOTHING_LEFT:
                raise
        else:
            officers += 1
    credentials = database.run(
        lambda tx: sum(
            enter_denied(tx, journal, credential, cause, actor=actor, at=at)
            for credential, cause in taken.credentials
        )
    )
    return Outcome(officers, credentials)
