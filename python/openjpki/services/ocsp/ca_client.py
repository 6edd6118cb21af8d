"""The ca service over its contract, as far as ocsp asks it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import generation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import MAY_SIGN_LISTS
from openjpki.errors import OpenJpkiError
from openjpki.services.ocsp.named_authorities import AuthorityGeneration, NamedAuthority
from openjpki.telemetry.logging import get_logger
from openjpki.x509.der import UNREADABLE
from openjpki.x509.ocsp import IssuerHashes

if TYPE_CHECKING:
    from collections.abc import Callable

    from openjpki.rpc.client.channel import TypedChannel

CA_TIMEOUT_SECONDS = 2.0
"""For ca to say which authorities there are: meanwhile no responder is renewed."""

_ANSWERS = {
    generation_pb2.GenerationState.Value(f"GENERATION_STATE_{state.name}")
    for state in MAY_SIGN_LISTS
}
_log = get_logger("ca")


@dataclass(frozen=True, slots=True)
class CaStubs:
    """What is asked of ca, over one connection."""

    channel: TypedChannel
    authorities: ca_pb2_grpc.AuthorityServiceStub
    feed: ca_pb2_grpc.StatusFeedServiceStub
    crls: ca_pb2_grpc.RevocationListServiceStub


class CaClient:
    """Calls ca, over a connection that is given up for a new one when it has fallen silent.

    A dead TCP connection is noticed by gRPC's keep-alive only after most of a minute, and a new
    stream would be put on it. The feed notices within seconds: it asks for a new connection.
    """

    def __init__(self, open_channel: Callable[[], TypedChannel]) -> None:
        self._open = open_channel
        self._lock = Lock()
        self._closed = False
        self.stubs = self._made()
        """To call next."""

    def authorities(self) -> list[NamedAuthority]:
        """Which authorities there are, as far as this program understands them. Raises what the
        call raises."""
        answer = self.stubs.authorities.ListAuthorities(
            ca_pb2.ListAuthoritiesRequest(), timeout=CA_TIMEOUT_SECONDS
        )
        named: list[NamedAuthority] = []
        for one in answer.authorities:
            try:
                named.append(_named(one))
            except OpenJpkiError:
                # A newer ca may have authorities of a kind unknown here: the others have status.
                _log.error("an authority of ca is left out: its id is none")
        return named

    def issue_responder_certificate(
        self, authority_id: AuthorityId, generation: int, certification_request: bytes
    ) -> bytes:
        """A new certificate of a responder's key, X.509 DER, for a PKCS#10 in DER.

        Raises what ca refuses with.
        """
        answer = self.stubs.authorities.IssueResponderCertificate(
            ca_pb2.IssueResponderCertificateRequest(
                request_id=str(uuid.uuid4()),
                authority_id=str(authority_id),
                certification_request=certification_request,
                generation=generation,
            )
        )
        return bytes(answer.certificate)

    def give_up(self, used: CaStubs) -> None:
        """Call on a new connection from now on, and end what still runs on ``used``. Nothing
        happens when somebody else did so before."""
        with self._lock:
            if self._closed or self.stubs is not used:
                return
            self.stubs = self._made()
        _log.warning("connection to ca given up")
        used.channel.close()

    def close(self) -> None:
        """End."""
        with self._lock:
            self._closed = True
            self.stubs.channel.close()

    def _made(self) -> CaStubs:
        channel = self._open()
        return CaStubs(
            channel,
            ca_pb2_grpc.AuthorityServiceStub(channel),
            ca_pb2_grpc.StatusFeedServiceStub(channel),
            ca_pb2_grpc.RevocationListServiceStub(channel),
        )


def _named(authority: ca_pb2.Authority) -> NamedAuthority:
    """Raises ``INVALID_FIELD`` for an id that is none."""
    authority_id = AuthorityId.parse(authority.authority_id)
    max_staleness = timedelta(seconds=authority.ocsp_max_staleness)
    generations: list[AuthorityGeneration] = []
    for one in authority.generations:
        if one.state not in _ANSWERS:
            continue
        try:
            hashes = IssuerHashes.of(one.certificate)
        except (OpenJpkiError, *UNREADABLE):
            # Nobody can ask about it; about the other generations they can.
            _log.error(
                "a generation's certificate can't be read",
                authority=str(authority_id),
                generation=one.number,
            )
            continue
        generations.append(
            AuthorityGeneration(
                authority_id=authority_id,
                generation=one.number,
                certificate=one.certificate,
                hashes=hashes,
                active=authority.active,
                response_lifetime=timedelta(seconds=authority.ocsp_response_lifetime),
                max_staleness=max_staleness,
            )
        )
    return NamedAuthority(authority_id, tuple(generations), max_staleness)
