"""Looking at the ca service: which governors there are, and their newest authority lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from cryptography import x509

from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.bridge.pool.revocation_lists import take_own_list
from openjpki.services.common.left_out import tell_left_out
from openjpki.storage.bridge import pool
from openjpki.telemetry.logging import get_logger
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.der import UNREADABLE

if TYPE_CHECKING:
    from openjpki.domain.authority import AuthorityId
    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.known_lists import KnownLists
    from openjpki.storage.bridge.pool import GovernorGeneration
    from openjpki.storage.kernel.transaction import Transaction

_log = get_logger("refresh")

_AT_MOST_EVERY = 1.0
"""Seconds between two looks that calls ask for: they must not become a flood at the ca service."""
SAID_AGAIN = 600.0
"""Seconds after which it is said again that an authority lacks a good list."""


@dataclass(slots=True)
class Lacking:
    """Authorities without a good list, as the log tells of them: when that changes, and then
    rarely. A bridge that waits for lists looks several times a second."""

    _said: dict[tuple[AuthorityId, int], tuple[str, float]] = field(default_factory=dict)

    def say(self, governor: GovernorGeneration, why: OpenJpkiError | None) -> None:
        """``why``: it was refused; None: there is none yet."""
        key, now = (governor.authority_id, governor.generation), monotonic()
        reason = "" if why is None else f"{why.reason.name} {why.message}"
        before, at = self._said.get(key, (None, now))
        if before == reason and now - at < SAID_AGAIN:
            return
        self._said[key] = reason, now
        which = {"authority": str(governor.authority_id), "generation": governor.generation}
        if why is None:
            _log.warning("an authority has no list yet", **which)
        else:
            _log.error(
                "an authority list was refused", **which, reason=why.reason.name, rule=why.message
            )

    def ended(self, governor: GovernorGeneration) -> None:
        """There is a good one."""
        self._said.pop((governor.authority_id, governor.generation), None)


def refresh_governors(bridge: BridgeContext) -> list[GovernorGeneration]:
    """Take over the generations that the ca service lists. Of an authority that it does not list,
    as it can't read it, none is an anchor; its name stays its own. Raises
    ``SERVICE_UNAVAILABLE``."""
    found = sorted(bridge.ca.governors(), key=_which)

    def keep(tx: Transaction) -> None:
        pool.changing(tx)
        pool.replace_governors(tx, found)

    with bridge.database.reading() as tx:
        # One that can't be read is told of, and replaced by what ca says.
        known = pool.governors(tx, left_out=tell_left_out)
    listed = {one.authority_id for one in found}
    others = [one for one in known if one.authority_id not in listed]
    if known != sorted([*found, *others], key=_which) or any(one.is_anchor for one in others):
        bridge.writer.run(keep)
    return found


def _which(one: GovernorGeneration) -> tuple[AuthorityId, int]:
    return one.authority_id, one.generation


def refresh_lists(
    bridge: BridgeContext,
    governors: list[GovernorGeneration],
    known: KnownLists,
    lacking: Lacking | None = None,
) -> bool:
    """Take over the newest authority list of each that may be an anchor, ``known`` from then on;
    whether there was a good one of each.

    A list that does not check out is refused and logged; the others are taken all the same.
    Raises ``SERVICE_UNAVAILABLE``.
    """
    complete, lacking = True, lacking or Lacking()
    for governor in governors:
        if not governor.is_anchor:
            continue
        der = bridge.ca.authority_list(governor.authority_id, governor.generation)
        if der is None:
            complete = False
            lacking.say(governor, None)
            continue
        try:
            scope = _authorities_of(governor.certificate)
            take_own_list(bridge, der, governor.certificate, scope_der=scope, known=known)
        except OpenJpkiError as error:
            if error.reason is Reason.SERVICE_UNAVAILABLE:
                raise
            complete = False
            lacking.say(governor, error)
        else:
            lacking.ended(governor)
    return complete


def _authorities_of(certificate: bytes) -> bytes:
    """Scope of the list of authorities of one here. Raises ``MALFORMED_DER``."""
    try:
        # Made here; how the pool reads it, :func:`take_own_list` sees.
        name = x509.load_der_x509_certificate(certificate).subject
    except UNREADABLE as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "is not a certificate", field="authority"
        ) from error
    return issuing_distribution_point_der(name, Covers.AUTHORITIES)


@dataclass(slots=True)
class Refresher:
    """Looks when asked, one look at a time."""

    bridge: BridgeContext
    known: KnownLists
    """Lists that were read before."""
    complete: bool = False
    """Whether the last look found a good list of every governor."""
    _lock: Lock = field(default_factory=Lock)
    _lacking: Lacking = field(default_factory=Lacking)
    _looked_at: float | None = None
    """By ``monotonic()``: a clock that was ahead must keep no call from looking."""

    def look(self) -> None:
        """Now. Raises ``SERVICE_UNAVAILABLE``."""
        with self._lock:
            self._look()

    def look_for_a_call(self) -> None:
        """Now, unless somebody did a moment ago. A ca service that is away is no failure here:
        what is known decides. Nor is another instance that works for the service bridge, and looks
        at least once a minute."""
        if not self.bridge.is_owner:
            return
        with self._lock:
            now = monotonic()
            if self._looked_at is not None and now - self._looked_at < _AT_MOST_EVERY:
                return
            try:
                self._look()
            except OpenJpkiError as error:
                _log.warning("the ca service was not reached", reason=error.reason.name)

    def _look(self) -> None:
        self._looked_at = monotonic()
        governors = refresh_governors(self.bridge)
        self.complete = refresh_lists(self.bridge, governors, self.known, self._lacking)
