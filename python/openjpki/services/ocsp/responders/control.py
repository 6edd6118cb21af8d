"""What the server of OCSP and of lists over HTTP asks Python for, off the way of an answer."""

from __future__ import annotations

import ssl
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.credentials import RotatingMaterial
from openjpki.rpc.identity.peer import read_certificate
from openjpki.services.ocsp.micros import micros
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.rpc.identity.credentials import TlsFiles

    Lists = Callable[[str, int, str, tuple[bytes, int] | None], bytes | bool | str]
    """Of an authority, a generation and a partition, the newest list."""

_log = get_logger("http")
_SECOND = timedelta(seconds=1)


class Control:
    """Called by several threads of the signing core."""

    def __init__(
        self,
        trust_domain: str,
        files: TlsFiles | None,
        clock: Clock,
        lists: Lists | None = None,
    ) -> None:
        """``files``: of the credentials for HTTPS, where it is served; ``lists``: where there are
        any. Raises ``INVALID_FIELD``."""
        self._lists = lists
        self._trust_domain = trust_domain
        self._clock = clock
        self._material = None if files is None else RotatingMaterial(files)

    def refused(self, status: str | int, via: str, reason: str | None, request_id: str) -> None:
        """A request got no answer. Nothing of the request itself is told of."""
        _log.info("request refused", status=status, via=via, reason=reason, request_id=request_id)

    def failed(self, reason: str, request_id: str) -> None:
        """It was a fault of ours."""
        _log.error("response not signed", reason=reason, request_id=request_id)

    def peer(self, der: bytes) -> tuple[str, str, tuple[str, str], int] | str:
        """Role and scope of whom a client certificate names, what they are denied by, and until
        when the certificate holds; or why it is nobody's."""
        try:
            pem = ssl.DER_cert_to_PEM_cert(der).encode("ascii")
            peer = read_certificate(pem, self._trust_domain)
        except OpenJpkiError as error:
            return error.message
        identity = peer.identity
        names = (identity.spiffe_id, peer.fingerprint)
        return identity.role.value, identity.scope, names, micros(peer.not_after)

    def credentials(self) -> tuple[bytes, bytes, list[bytes], int | None, bool]:
        """The newest good ones: chain and key (PEM), the trusted authorities that hold now (DER),
        when one of these ends or another begins, and whether they are of the files as they are:
        where new ones don't fit, they are those before."""
        assert self._material is not None  # noqa: S101 - only HTTPS asks
        material = self._material.current()
        trusted, until = held_at(material.trust_bundle, self._clock.now())
        end = None if until is None else micros(until)
        settled = self._material.is_current()
        return material.certificate, material.private_key, trusted, end, settled

    def newest_list(
        self, authority_id: str, generation: int, partition: str, held: tuple[bytes, int] | None
    ) -> bytes | bool | str:
        """As :meth:`openjpki.services.ocsp.crl.newest_lists_client.NewestLists.newest`."""
        if self._lists is None:
            return False
        return self._lists(authority_id, generation, partition, held)

    def list_not_had(self, authority_id: str, generation: int, partition: str) -> None:
        """The one that is held is not the newest, and goes out for a minute more at most."""
        _log.error(
            "newer CRL not had",
            authority_id=authority_id, generation=generation, partition=partition,
        )  # fmt: skip

    def refused_credentials(self, why: str) -> None:
        """Credentials can't be used for TLS; those before stay in use."""
        _log.error("credentials for TLS refused", why=why)


def held_at(bundle: bytes, now: datetime) -> tuple[list[bytes], datetime | None]:
    """The authorities of a PEM bundle that hold at this moment, DER each, and when that changes:
    an end means nothing to the TLS library, which looks at what they certified alone."""
    found = x509.load_pem_x509_certificates(bundle)
    holds = [one for one in found if one.not_valid_before_utc <= now <= one.not_valid_after_utc]
    bounds = [
        *(one.not_valid_after_utc + _SECOND for one in holds),
        *(one.not_valid_before_utc for one in found if one.not_valid_before_utc > now),
    ]
    return [one.public_bytes(Encoding.DER) for one in holds], min(bounds, default=None)
