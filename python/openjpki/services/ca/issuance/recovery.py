"""Finishing what a crash or a vanished key device left half done."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError
from openjpki.services.ca.issuance.steps import finish_intent
from openjpki.storage.ca import authorities, issuances
from openjpki.telemetry.logging import get_logger
from openjpki.telemetry.metrics import ISSUANCE_INTENTS_PENDING

if TYPE_CHECKING:
    from datetime import timedelta

    from openjpki.services.ca.context import CaContext

_log = get_logger("recovery")


def finish_open_intents(ca: CaContext, *, older_than: timedelta | None = None) -> int:
    """Sign and store every intent of at least this age; how many are still open afterwards.

    One that fails (its device is away) is left for the next time. None, at start, takes up all:
    an intent of another replica's call in progress may be among them, and whichever of the two
    stores first, the certificate is the same.
    """
    with ca.database.reading() as tx:
        found = issuances.open_intents(tx, ca.clock.now() - older_than if older_than else None)
        # Authorities without an open intent are counted as zero: for an alert, a metric that was
        # never set looks like one that was lost.
        left = Counter({record.authority_id: 0 for record in authorities.all_of(tx)})
    for authority_id, serial in found:
        try:
            finish_intent(ca, authority_id, serial)
        except OpenJpkiError as error:
            left[authority_id] += 1
            _log.warning(
                "intent left open",
                authority=str(authority_id),
                serial=serial.hex(),
                reason=error.reason.name,
            )
        except Exception as error:  # noqa: BLE001 - one must not keep the others waiting
            left[authority_id] += 1
            _log.error(
                "intent left open", authority=str(authority_id), serial=serial.hex(), exc_info=error
            )
        else:
            _log.info("intent finished", authority=str(authority_id), serial=serial.hex())
    for authority_id, count in left.items():
        ISSUANCE_INTENTS_PENDING.labels(str(authority_id)).set(count)
    return left.total()
