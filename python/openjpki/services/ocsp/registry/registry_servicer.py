"""VerifierRegistryService: who may ask (R4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ocsp.v1 import ocsp_pb2, ocsp_pb2_grpc
from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.request_key import request_key_of
from openjpki.services.ocsp.registry.change_registry import put_verifier, remove_verifier
from openjpki.services.ocsp.registry.conversions import parse_entry, verifier_message
from openjpki.storage.ocsp import verifiers

if TYPE_CHECKING:
    import grpc

    from openjpki.services.ocsp.context import OcspContext

_SERVICE = "openjpki.api.ocsp.v1.VerifierRegistryService"


class RegistryServicer(ocsp_pb2_grpc.VerifierRegistryServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, ocsp: OcspContext) -> None:
        self._ocsp = ocsp

    def PutVerifier(  # noqa: N802
        self, request: ocsp_pb2.PutVerifierRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.PutVerifierResponse:
        """Registers a verifier, or replaces its entry."""
        request_key = request_key_of(request, context, f"{_SERVICE}/PutVerifier")
        entry = parse_entry(request.verifier, self._ocsp.clock.now())
        response = ocsp_pb2.PutVerifierResponse()
        at = put_verifier(self._ocsp, entry, request_key, same_verifier=request.same_verifier)
        response.registered_at.FromDatetime(at)
        return response

    def RemoveVerifier(  # noqa: N802
        self, request: ocsp_pb2.RemoveVerifierRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.RemoveVerifierResponse:
        """Ends a verifier's access."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RemoveVerifier")
        remove_verifier(
            self._ocsp,
            request.verifier_id,
            request_key,
            ends_agreements=request.ends_agreements,
        )
        return ocsp_pb2.RemoveVerifierResponse()

    def ListVerifiers(  # noqa: N802
        self, request: ocsp_pb2.ListVerifiersRequest, context: grpc.ServicerContext
    ) -> ocsp_pb2.ListVerifiersResponse:
        """Every registered verifier."""
        del request, context
        with self._ocsp.database.reading() as tx:
            records = verifiers.all_of(tx, left_out=tell_left_out)
        return ocsp_pb2.ListVerifiersResponse(
            verifiers=[verifier_message(record) for record in records]
        )
