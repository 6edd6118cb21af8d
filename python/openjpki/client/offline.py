"""Verifying documents where no service is asked: by a copy of the revocation lists (R4.1.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from openjpki.client.document import DocumentVerifier
from openjpki.client.kept_lists import KeptLists
from openjpki.client.looked_up import look_up

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cryptography import x509

    from openjpki.client.authorities import TrustedAuthority
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
    ) -> None:
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
        return look_up(self._lists, certificate, issuer, at, offline=True)
