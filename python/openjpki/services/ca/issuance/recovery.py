"""Finishing what a crash, a lost lease or a vanished key device left half done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.ca.issuance.steps import finish_intent
from openjpki.services.common.apart import Apart
from openjpki.storage.ca import issuances
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import ISSUANCE_INTENTS_PENDING

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.kernel.transaction import Writer

_log = get_logger("recovery")


def finish_open_intents(ca: CaContext) -> int:
    """Those of every authority held here, as :func:`take_up_intents` does; how many are left.

    An authority that fails keeps no other waiting. Raises ``NOT_THE_OWNER`` when a lease was lost
    meanwhile, ``SERVICE_UNAVAILABLE``.
    """
    left = 0
    apart = Apart(_log, "intents not taken up")
    for authority_id in ca.fence.held():
        with apart.of(authority=str(authority_id)), ca.fence.writing(authority_id) as writer:
            left += take_up_intents(ca, authority_id, writer)
    apart.end()
    return left


def take_up_intents(ca: CaContext, authority_id: AuthorityId, writer: Writer) -> int:
    """Sign and store every intent of an authority that no call is working on; how many are still
    open afterwards.

    One that fails (its device is away) is left for the next time. What an earlier owner left has
    no call any more: its token is too old to write.
    """
    with ca.database.reading() as tx:
        found = issuances.open_intents(tx, authority_id)
    left = 0
    for serial in found:
        # Asked for after they were read: of a call that has ended since, none is open.
        if (authority_id, serial) in ca.calls:
            continue
        try:
            finish_intent(ca, writer, authority_id, serial)
        except OpenJpkiError as error:
            left += 1
            _log.warning("intent left open", authority=str(authority_id), reason=error.reason.name)
        except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
            left += 1
            _log.error("intent left open", authority=str(authority_id), exc_info=error)
        else:
            _log.info("intent finished", authority=str(authority_id))
    # Also when there is none: for an alert, a metric that was never set looks like one lost.
    ISSUANCE_INTENTS_PENDING.labels(str(authority_id)).set(left)
    return left
