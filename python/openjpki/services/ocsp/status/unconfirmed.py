"""What is told of an authority while a snapshot is waited for, as the one before differs from ca.

Neither position nor moment rises by it, so no answer claims to be newer; but who is revoked is not
called good until the snapshot is there, however long ca can't give one. A revoked certificate never
becomes good by it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.domain.certificate_status import CertificateStatus
from openjpki.errors import OpenJpkiError
from openjpki.services.ocsp.status.rows import apply_rows
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from openjpki.services.ocsp.status.rows import Rows
    from openjpki.services.ocsp.status.statuses import AuthorityStatus
    from openjpki.signer_core import StatusIndex

_log = get_logger("feed")

MOST_NOTED = 100_000
"""Of one authority, some 10 MB. Revocations beyond it show, and are kept as those from before are:
should they be none, until the process ends."""


@dataclass(slots=True)
class Unconfirmed:
    """It has the index of before: whoever comes late with news changes nothing in the next one."""

    status: AuthorityStatus
    index: StatusIndex
    serials: set[bytes] = field(default_factory=set)
    """Whom it made revoked. A snapshot that has them as good has forgotten nothing: the feed tells
    them again if it is so."""
    _is_full: bool = False

    def take(self, rows: Rows, most: int) -> None:
        """Have the index know of these, unless it has more than ``most`` certificates."""
        if not rows.serials or len(self.index) > most:
            return
        self._note(rows)
        try:
            apply_rows(self.index, rows)
        except OpenJpkiError as error:
            authority = str(self.status.authority_id)
            _log.warning("events left aside", authority=authority, rule=error.message)
            return
        self.status.watchers.changed(rows.serials)

    def _note(self, rows: Rows) -> None:
        # Before the index has them: whoever reads a snapshot meanwhile takes none for forgotten.
        known, _, _ = self.index.lookup_batch(list(rows.serials))
        revoked = CertificateStatus.REVOKED
        for serial, then, now in zip(rows.serials, known, rows.statuses, strict=True):
            if now != revoked or then == revoked or serial in self.serials:
                continue
            if len(self.serials) >= MOST_NOTED:
                if not self._is_full:
                    self._is_full = True
                    authority = str(self.status.authority_id)
                    _log.warning("unconfirmed revocations not noted", authority=authority)
                return
            self.serials.add(serial)
