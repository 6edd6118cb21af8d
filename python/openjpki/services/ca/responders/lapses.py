"""Responders' keys that nobody may approve any more: proposed so long ago that nobody knows why, or
by an operator, or with a certificate, that is denied since."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from openjpki.services.ca.journal import RESPONDER_KEY_WITHDRAWN
from openjpki.services.common.apart import Apart
from openjpki.services.common.journal_time import surely_now
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.two_people import count_lapsed, is_denied
from openjpki.storage.ca import responder_keys
from openjpki.storage.ca.responder_keys import ResponderKeyState
from openjpki.storage.kernel import denied_credentials
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.responder_keys import ResponderKey
    from openjpki.storage.kernel.transaction import Reading, Transaction

_log = get_logger("responders")

LAPSES_AFTER = timedelta(days=30)
"""From a key's proposal, for as long as nobody approves it."""


def has_lapsed(key: ResponderKey, now: datetime) -> bool:
    """Whether a proposed key is not to be approved any more, entered as withdrawn or not yet."""
    return key.state is ResponderKeyState.PROPOSED and key.proposed_at < now - LAPSES_AFTER


def end_lapsed(ca: CaContext) -> None:
    """Withdraw them, of the authorities held here; one that fails keeps no other waiting.

    Raises ``SERVICE_UNAVAILABLE``, ``NOT_THE_OWNER`` when a lease was lost meanwhile.
    """
    # What has ended does not come back when a clock does.
    surely = ca.database.run(lambda tx: surely_now(tx, ca.clock))
    apart = Apart(_log, "proposed keys not ended")
    for authority_id in ca.fence.held():
        with apart.of(authority=str(authority_id)):
            _end_of_authority(ca, authority_id, surely)
    apart.end()


def _end_of_authority(ca: CaContext, authority_id: AuthorityId, surely: datetime) -> None:
    at = ca.clock.now()
    with ca.database.reading() as tx:
        if not _lapsed(tx, authority_id, surely) and not _of_denied(tx, authority_id):
            return

    def work(tx: Transaction) -> int:
        lapsed = _end(ca, tx, _lapsed(tx, authority_id, surely), at)
        _end(ca, tx, _of_denied(tx, authority_id), at)
        return lapsed

    with ca.fence.writing(authority_id) as writer:
        ended = writer.run(work)
    count_lapsed("responders", ended)


def _lapsed(tx: Reading, authority_id: AuthorityId, now: datetime) -> list[ResponderKey]:
    return responder_keys.proposed_before(
        tx, authority_id, now - LAPSES_AFTER, left_out=tell_left_out
    )


def _of_denied(tx: Reading, authority_id: AuthorityId) -> list[ResponderKey]:
    denied = denied_credentials.names(tx)
    known = responder_keys.of(tx, authority_id, left_out=tell_left_out) if denied else []
    return [
        one
        for one in known
        if one.state is ResponderKeyState.PROPOSED
        and is_denied(one.proposed_by, denied, one.proposed_with)
    ]


def _end(ca: CaContext, tx: Transaction, keys: Iterable[ResponderKey], at: datetime) -> int:
    ended = 0
    for key in keys:
        if responder_keys.move(tx, key, ResponderKeyState.WITHDRAWN):
            ended += 1
            ca.journal.append(
                tx,
                RESPONDER_KEY_WITHDRAWN,
                stream=str(key.authority_id),
                actor="ca",
                subject=key.key_sha256.hex(),
                details={"replica": key.replica},
                at=at,
            )
    return ended
