"""An agency's client: one call checks a signed document whole (R5.2.1, step ⑨)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.client.document import DocumentVerifier
from openjpki.client.folder import read_folder
from openjpki.client.who_answers import explained
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.credentials import read_material
from openjpki.rpc.identity.peer import trust_domain_of
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from openjpki.client.authorities import TrustedAuthority
    from openjpki.client.verification import Verification
    from openjpki.domain.authority import AuthorityId
    from openjpki.rpc.identity.credentials import TlsFiles


class AgencyClient:
    """A registered verifier's way to the status service. Safe to share between threads.

    ``target``: the status service, ``host:port``. ``credentials``: the verifier's own; their
    certificate says of which mesh the service must be. ``authorities``: whom to trust. Use as a
    context manager, or call :meth:`close`.
    """

    def __init__(
        self,
        target: str,
        credentials: TlsFiles,
        *,
        authorities: Sequence[TrustedAuthority],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises ``INVALID_FIELD`` or ``UNAUTHENTICATED`` for credentials that are none of a
        mesh. Connects at the first call."""
        self._target = target
        self._trust_domain = trust_domain_of(read_material(credentials).certificate)
        self._channel = open_channel(
            target, credentials, expect_role=PeerRole.OCSP, trust_domain=self._trust_domain
        )
        self.status = ocsp_pb2_grpc.StatusServiceStub(self._channel)
        """The generated stub; calls have deadlines and raise ``OpenJpkiError``."""
        self._verifier = DocumentVerifier(authorities, self._check_status)
        self._now = now

    @classmethod
    def from_folder(cls, folder: Path) -> AgencyClient:
        """As the folder says (:mod:`openjpki.client.folder`). Raises as it does."""
        said = read_folder(folder)
        return cls(said.endpoint, said.credentials, authorities=said.authorities)

    def verify_signed_document(self, cms: bytes, content: bytes) -> Verification:
        """Checks signature, issuer, profile, validity period and revocation of a document.

        ``cms``: detached CMS SignedData, DER. ``content``: the document exactly as signed.
        A document that may not be relied on is an answer (``valid`` is false and the checks say
        why), not an error. Raises ``OpenJpkiError`` when the status can't be had: retryable
        reasons mean that nothing is known yet, never that the certificate is good.
        """
        return self._verifier.verify(cms, content, self._now())

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def __enter__(self) -> AgencyClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_status(self, authority_id: AuthorityId, serial: bytes) -> ocsp_pb2.CheckResponse:
        request = ocsp_pb2.CheckRequest(authority_id=str(authority_id), serial=serial)
        try:
            return self.status.Check(request)
        except OpenJpkiError as error:
            if error.reason is not Reason.SERVICE_UNAVAILABLE:
                raise
            raise explained(error, self._target, self._trust_domain) from error
