"""Requests for revocation that were turned down, for the municipality's officers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.services.common.left_out import tell_left_out
from openjpki.services.registration.applications.find_person import enter_reading
from openjpki.services.registration.applications.list_applications import cursor
from openjpki.services.registration.journal import REFUSED_REVOCATIONS_LISTED
from openjpki.storage.registration import refused_revocations
from openjpki.storage.registration.application_lists import Position

if TYPE_CHECKING:
    from openjpki.services.registration.applications.find_person import Reader
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.registration.refused_revocations import (
        RefusedRevocation,
        WantedRefusals,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalsPage:
    """Some of them, and where the next page begins."""

    refused: list[RefusedRevocation]
    next_page: bytes
    """Empty behind the last."""


def list_refusals(
    registration: RegistrationContext,
    reader: Reader,
    wanted: WantedRefusals,
    *,
    after: Position | None,
    at_most: int,
) -> RefusalsPage:
    """A page of them, oldest first; entered in the journal."""

    def work(tx: Transaction) -> list[RefusedRevocation]:
        # One more than is shown, which tells whether there is a next page.
        found = refused_revocations.page(
            tx, wanted, after=after, at_most=at_most + 1, left_out=tell_left_out
        )
        details = {"count": min(len(found), at_most)}
        enter_reading(registration, tx, reader, REFUSED_REVOCATIONS_LISTED, details)
        return found

    found = registration.database.run(work)
    shown = found[:at_most]
    return RefusalsPage(
        refused=shown,
        next_page=cursor(Position(shown[-1].at, shown[-1].refusal_id))
        if len(found) > at_most
        else b"",
    )
