"""Status from revocation lists while the status service is away.

Lists are downloaded while the service is there, beside the questions that it answers: of each
partition that a certificate was asked about of, when there is no list yet or half of its life is
over. So an agency has the lists of those partitions whose certificates it meets, and nothing has to
be fetched when nobody can be reached.
"""

from __future__ import annotations

import logging
import math
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from openjpki.client.looked_up import look_up
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.partitions import partition_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography import x509

    from openjpki.client.authorities import TrustedAuthority
    from openjpki.client.kept_lists import KeptLists
    from openjpki.client.status import ToldStatus
    from openjpki.domain.authority import AuthorityId
    from openjpki.x509.crl.partitions import Partition

    Download = Callable[[AuthorityId, str, int], bytes]
    """Of an authority, a partition and a generation, 0 for the one that issues."""

AGAIN_SECONDS = 600.0
"""Seconds from one download of a list to the next, whatever became of it."""
RETRY_SECONDS = 60.0
"""Seconds without downloads after one that found nobody there."""
MAX_GENERATION = 100
"""A key is replaced every five years."""

AWAY = frozenset(
    {
        Reason.SERVICE_UNAVAILABLE,
        Reason.FEED_NOT_READY,
        Reason.DEADLINE_EXCEEDED,
        Reason.AGREEMENT_QUOTA_EXCEEDED,
    }
)
"""Why there is no answer when nobody is there to give one, or as many were given as was agreed.
Every other reason is an answer; so is ``CERTIFICATE_NOT_HEARD_OF``, though it may be another one
later: a list names what is revoked and would let pass what was never issued."""

_NOBODY_THERE = AWAY - {Reason.AGREEMENT_QUOTA_EXCEEDED}
"""Why no other list can be had either; a quota is one governor's."""

_NEXT_GENERATION = {
    Reason.CRL_REFUSED,  # of another generation's key
    Reason.AUTHORITY_NOT_ACTIVE,  # none issues now
    Reason.CRL_NOT_FOUND,
}
_log = logging.getLogger("openjpki.lists")


class ListStatus:
    """Keeps lists and looks into them. Safe to share between threads."""

    def __init__(self, kept: KeptLists, download: Download, now: Callable[[], datetime]) -> None:
        self._kept = kept
        self._download = download
        self._now = now
        self._lock = Lock()
        self._next: dict[tuple[x509.Certificate, str], float] = {}
        """When a list may be downloaded again, by ``monotonic()``; never while it is."""
        self._paused_until = 0.0
        self._worker = ThreadPoolExecutor(1, "agency-lists")

    def keep_for(self, certificate: x509.Certificate, issuer: TrustedAuthority) -> None:
        """See to it that there is a list for this certificate's partition. Returns at once; what
        fails is tried again with another certificate."""
        partition = partition_of(certificate)
        if partition is None:
            return
        before = self._kept.find(issuer.certificate, partition)
        if before is not None and not before.is_due(self._now()):
            return
        key = (issuer.certificate, partition.text)
        with self._lock:
            if monotonic() < max(self._paused_until, self._next.get(key, 0.0)):
                return
            self._next[key] = math.inf
        # Refused once it is shut down.
        with suppress(RuntimeError):
            self._worker.submit(self._keep, issuer, partition)

    def find(self, certificate: x509.Certificate, issuer: TrustedAuthority) -> ToldStatus | None:
        """What a list says; None without one that can speak of this certificate now."""
        try:
            return look_up(self._kept, certificate, issuer, self._now())
        except OpenJpkiError:
            return None

    def close(self) -> None:
        """Let downloads that have begun end, and begin no more."""
        self._worker.shutdown(wait=True)

    def _keep(self, issuer: TrustedAuthority, partition: Partition) -> None:
        try:
            if monotonic() >= self._paused_until:
                self._fetch(issuer, partition)
        except OpenJpkiError as error:
            if error.reason in _NOBODY_THERE:
                self._paused_until = monotonic() + RETRY_SECONDS
            _say_not_kept(issuer, partition, error.reason.name)
        except OSError as error:
            _say_not_kept(issuer, partition, str(error.strerror))
        finally:
            with self._lock:
                self._next[issuer.certificate, partition.text] = monotonic() + AGAIN_SECONDS

    def _fetch(self, issuer: TrustedAuthority, partition: Partition) -> None:
        """The list of the generation that issued, whose number the certificate does not say: most
        often the one that issues now. Raises what the last attempt raised."""
        refusal: OpenJpkiError | None = None
        for generation in range(MAX_GENERATION):
            try:
                der = self._download(issuer.authority_id, partition.text, generation)
                self._kept.put(issuer.certificate, partition, der)
            except OpenJpkiError as error:
                if error.reason is Reason.GENERATION_NOT_FOUND and refusal is not None:
                    raise refusal from None
                if error.reason not in _NEXT_GENERATION:
                    raise
                refusal = error
            else:
                return


def _say_not_kept(issuer: TrustedAuthority, partition: Partition, why: str) -> None:
    _log.warning("list of %s %s not kept: %s", issuer.authority_id, partition.text, why)
