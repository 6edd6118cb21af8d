"""An agency's client: one call checks a signed document whole (R5.2.1, step ⑨)."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2_grpc
from openjpki.client.document import DocumentVerifier
from openjpki.client.folder import read_folder
from openjpki.client.kept_lists import KeptLists
from openjpki.client.list_download import LARGEST_PIECE, download
from openjpki.client.list_status import AWAY, ListStatus
from openjpki.client.live_status import ask
from openjpki.client.who_answers import explained
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.client.channel import open_channel
from openjpki.rpc.identity.credentials import read_material
from openjpki.rpc.identity.peer import trust_domain_of
from openjpki.rpc.identity.roles import PeerRole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cryptography import x509

    from openjpki.client.authorities import TrustedAuthority
    from openjpki.client.status import ToldStatus
    from openjpki.client.verification import Verification
    from openjpki.rpc.identity.credentials import TlsFiles


ASK_SECONDS = 10.0
"""For the status service to answer."""
ASK_AGAIN_SECONDS = 2.0
"""The same once it did not: who has many documents to check must not wait as long for each."""


class AgencyClient:
    """A registered verifier's way to the status service. Safe to share between threads.

    ``target``: the status service, ``host:port``. ``credentials``: the verifier's own; their
    certificate says of which mesh the service must be. ``authorities``: whom to trust. Use as a
    context manager, or call :meth:`close`.

    While the service answers, the revocation lists of the partitions that it is asked about are
    downloaded beside it; while it is away, they speak in its place, and the result's
    ``status_source`` says so. Only where nobody can answer: a refusal stays one. ``lists``: folder
    to keep them in, so that they outlast this process; in memory without. Who wants no answer that
    may be two days old says ``falls_back=False``.
    """

    def __init__(
        self,
        target: str,
        credentials: TlsFiles,
        *,
        authorities: Sequence[TrustedAuthority],
        lists: Path | None = None,
        falls_back: bool = True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Raises ``INVALID_FIELD`` or ``UNAUTHENTICATED`` for credentials that are none of a
        mesh, ``OSError`` for a folder of lists that can't be made. Connects at the first call."""
        self._target = target
        self._trust_domain = trust_domain_of(read_material(credentials).certificate)
        self._channel = open_channel(
            target,
            credentials,
            expect_role=PeerRole.OCSP,
            trust_domain=self._trust_domain,
            max_response=LARGEST_PIECE,
        )
        self.status = ocsp_pb2_grpc.StatusServiceStub(self._channel)
        """The generated stub; calls have deadlines and raise ``OpenJpkiError``."""
        self._verifier = DocumentVerifier(authorities, self._check_status)
        self._now = now
        self._patience = ASK_SECONDS
        download_stub = ocsp_pb2_grpc.RevocationListDownloadServiceStub(self._channel)
        self._lists = (
            ListStatus(KeptLists(lists), partial(download, download_stub), now)
            if falls_back
            else None
        )

    @classmethod
    def from_folder(cls, folder: Path) -> AgencyClient:
        """As the folder says (:mod:`openjpki.client.folder`). Raises as it does."""
        said = read_folder(folder)
        return cls(said.endpoint, said.credentials, authorities=said.authorities, lists=said.lists)

    def verify_signed_document(self, cms: bytes, content: bytes | None) -> Verification:
        """Checks signature, issuer, profile, validity period and revocation of a document.

        ``cms``: CMS SignedData, DER, BER or PEM. ``content``: the document exactly as signed; None
        when it travels inside. Of several signers each is judged (``cosigners``), and the document
        is valid when all are.

        A document that may not be relied on is an answer (``valid`` is false and the checks say
        why), not an error. Raises ``OpenJpkiError`` when the status can't be had, from no list
        either: retryable reasons mean that nothing is known yet, never that the certificate is
        good.
        """
        return self._verifier.verify(cms, content, self._now())

    def close(self) -> None:
        """Lets downloads that have begun end, and ends the connection."""
        if self._lists is not None:
            self._lists.close()
        self._channel.close()

    def __enter__(self) -> AgencyClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_status(self, certificate: x509.Certificate, issuer: TrustedAuthority) -> ToldStatus:
        try:
            answer = ask(
                self.status, issuer.authority_id, certificate.serial_number, self._patience
            )
        except OpenJpkiError as error:
            if error.reason not in AWAY:
                raise
            self._patience = ASK_AGAIN_SECONDS
            listed = None if self._lists is None else self._lists.find(certificate, issuer)
            if listed is not None:
                return listed
            if error.reason is not Reason.SERVICE_UNAVAILABLE:
                raise
            raise explained(error, self._target, self._trust_domain) from error
        self._patience = ASK_SECONDS
        if self._lists is not None:
            self._lists.keep_for(certificate, issuer)
        return answer
