"""Verifying documents where no service is asked: by a copy of the revocation lists (R4.1.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from openjpki.client.document import DocumentVerifier
from openjpki.client.kept_list import CLOCKS_DIFFER
from openjpki.client.kept_lists import KeptLists
from openjpki.client.list_files import last_run
from openjpki.client.looked_up import look_up
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cryptography import x509

    from openjpki.client.authorities import TrustedAuthority
    from openjpki.client.list_set import ListSets
    from openjpki.client.status import ToldStatus
    from openjpki.client.verification import Verification


class OfflineVerifier:
    """Answers from a folder that `openjpki verifier sync` fills, and speaks to nobody.

    ``result.status_source`` says which list spoke, and of when it is: what was revoked since is not
    in it. Without a list in force of the certificate's own partition there is no answer.
    """

    def __init__(
        self,
        folder: Path,
        *,
        authorities: Sequence[TrustedAuthority],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sets: ListSets | None = None,
    ) -> None:
        """``sets``: by which ca must have signed which lists there are, at a moment which
        ``result.status_source`` names; :class:`~openjpki.client.signed_list_sets.SignedListSets`
        of the same folder."""
        self._sets = sets
        self._folder = folder
        self._lists = KeptLists(folder)
        self._authorities = tuple(authorities)
        self._now = now

    def verify_signed_document(self, cms: bytes, content: bytes | None) -> Verification:
        """As :meth:`AgencyClient.verify_signed_document`.

        Raises ``FEED_NOT_READY`` where no list can speak of the signer's certificate now.
        """
        at = self._now()
        verifier = DocumentVerifier(self._authorities, partial(self._status, at))
        return verifier.verify(cms, content, at)

    def _status(
        self, at: datetime, certificate: x509.Certificate, issuer: TrustedAuthority
    ) -> ToldStatus:
        self._require_clock(at)
        within = None if self._sets is None else self._sets.kept(issuer.authority_id, at)
        return look_up(self._lists, certificate, issuer, at, offline=True, within=within)

    def _require_clock(self, at: datetime) -> None:
        """A clock that went back would have lists that are over believed once more."""
        try:
            before = last_run(self._folder)
        except OSError:
            before = None
        if before is not None and at < before - CLOCKS_DIFFER:
            raise OpenJpkiError(
                Reason.FEED_NOT_READY,
                f"the lists were brought up to date at {before:%F %T}Z: this machine's clock is"
                " behind",
                field="lists",
            )
