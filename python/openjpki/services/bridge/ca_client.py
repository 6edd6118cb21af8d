"""The ca service over its contract, as far as the bridge asks it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.api.types.v1 import generation_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.domain.generation import GenerationState
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.officer_signature import to_message
from openjpki.services.bridge.cause_conversions import CROSS_CAUSES
from openjpki.storage.bridge.pool import GovernorGeneration
from openjpki.telemetry.logging import get_logger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import grpc

    from openjpki.domain.authority_revocation import CrossRevocationCause
    from openjpki.domain.evidence import OfficerSignature

MAX_LIST = 1 << 20
"""Octets of an authority list; it holds cross certificates only."""
_LIST_SECONDS = 10.0
_log = get_logger("ca")


class CaClient:
    """Safe for use by many threads."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._authorities = ca_pb2_grpc.AuthorityServiceStub(channel)
        self._lists = ca_pb2_grpc.RevocationListServiceStub(channel)

    def governors(self) -> list[GovernorGeneration]:
        """Every generation of every prefectural authority. Raises ``SERVICE_UNAVAILABLE``."""
        answer = self._authorities.ListAuthorities(ca_pb2.ListAuthoritiesRequest())
        found: list[GovernorGeneration] = []
        for one in answer.authorities:
            try:
                found += _generations(one)
            except OpenJpkiError:
                # A newer ca may have authorities of a kind unknown here: the others are governors
                # all the same.
                _log.error("an authority of the ca service is left out: its id is none")
        return found

    def certification_request(self, authority_id: AuthorityId) -> bytes:
        """A governor's PKCS#10, DER. Raises ``AUTHORITY_*``, ``SERVICE_UNAVAILABLE``."""
        answer = self._authorities.GetCertificationRequest(
            ca_pb2.GetCertificationRequestRequest(authority_id=str(authority_id))
        )
        return bytes(answer.certification_request)

    def issue_cross_certificate(
        self,
        *,
        request_id: str,
        authority_id: AuthorityId,
        certification_request: bytes,
        mappings: Sequence[tuple[str, str]],
        approvals: Sequence[OfficerSignature],
    ) -> bytes:
        """A governor's cross certificate, X.509 DER; with the same id the same one.

        ``request_id``: the cross-certification's id; ``approvals``: what officers signed for it.

        Raises what the contract names, ``SERVICE_UNAVAILABLE``.
        """
        answer = self._authorities.IssueCrossCertificate(
            ca_pb2.IssueCrossCertificateRequest(
                request_id=request_id,
                authority_id=str(authority_id),
                certification_request=certification_request,
                policy_mappings=[
                    ca_pb2.PolicyMapping(issuer_domain_policy=mine, subject_domain_policy=theirs)
                    for mine, theirs in mappings
                ],
                cross_certification_id=request_id,
                approvals=map(to_message, approvals),
            )
        )
        return bytes(answer.certificate)

    def revoke_cross_certificate(
        self,
        *,
        request_id: str,
        authority_id: AuthorityId,
        serial: bytes,
        cause: CrossRevocationCause,
        approvals: Sequence[OfficerSignature],
    ) -> None:
        """End a governor's cross certificate; with the same id once. ``approvals``: what officers
        signed for that.

        Raises what the contract names, ``SERVICE_UNAVAILABLE``.
        """
        self._authorities.RevokeCrossCertificate(
            ca_pb2.RevokeCrossCertificateRequest(
                request_id=request_id,
                authority_id=str(authority_id),
                serial=serial,
                cause=CROSS_CAUSES[cause],
                approvals=map(to_message, approvals),
            )
        )

    def authority_list(self, authority_id: AuthorityId, generation: int) -> bytes | None:
        """Newest authority list of a governor's generation, DER; None before the first was made.

        Raises ``AUTHORITY_NOT_FOUND``, ``GENERATION_NOT_FOUND``, ``SERVICE_UNAVAILABLE``, and
        ``CRL_REFUSED`` when it is longer
        than :data:`MAX_LIST`.
        """
        stream = self._lists.GetRevocationList(
            ca_pb2.GetRevocationListRequest(
                authority_id=str(authority_id), partition="authority", generation=generation
            ),
            timeout=_LIST_SECONDS,
        )
        try:
            return _joined(stream)
        except OpenJpkiError as error:
            if error.reason is Reason.CRL_NOT_FOUND:
                return None
            raise


def _generations(authority: ca_pb2.Authority) -> list[GovernorGeneration]:
    authority_id = AuthorityId.parse(authority.authority_id)
    return [
        GovernorGeneration(
            authority_id=authority_id,
            generation=one.number,
            state=_state(one),
            certificate=one.certificate,
            policy_oid=authority.policy_oid,
        )
        for one in authority.generations
    ]


def _state(generation: generation_pb2.Generation) -> GenerationState:
    """Its state; one that this program does not know is none that may do anything."""
    try:
        name = generation_pb2.GenerationState.Name(generation.state)
        return GenerationState[name.removeprefix("GENERATION_STATE_")]
    except (KeyError, ValueError):
        # ValueError: a number without a name here, as a newer ca may send.
        return GenerationState.ENDED


def _joined(stream: Iterator[ca_pb2.GetRevocationListResponse]) -> bytes:
    der = bytearray()
    for piece in stream:
        der += piece.chunk
        if len(der) > MAX_LIST:
            raise OpenJpkiError(Reason.CRL_REFUSED, "is longer than an authority list")
    return bytes(der)
