"""PoolService: what paths are built from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.bridge.v1 import bridge_pb2, bridge_pb2_grpc
from openjpki.rpc.current_call import peer_of
from openjpki.rpc.officer_signature import from_message
from openjpki.services.bridge.pool.accept_numbering import FIELD, accept_numbering
from openjpki.services.bridge.pool.conversions import element_message, moment
from openjpki.services.bridge.pool.element_octets import element_octets
from openjpki.services.bridge.pool.elements import elements_of
from openjpki.services.bridge.pool.remove_element import remove_element
from openjpki.services.bridge.pool.submissions import (
    HandedIn,
    submit_certificate,
    submit_revocation_list,
)
from openjpki.services.bridge.pool.uploads import Part, upload_part
from openjpki.services.common.request_key import request_key_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import grpc

    from openjpki.services.bridge.context import BridgeContext
    from openjpki.services.bridge.pool.current_pool import CurrentPool

_CHUNK = 1 << 20
_MESSAGE = 6 << 20
"""Octets of elements in one answer: clients take 8 MiB."""
_SERVICE = "openjpki.api.bridge.v1.PoolService"


class PoolServicer(bridge_pb2_grpc.PoolServiceServicer):
    """What partners hand in, and the pool for everyone."""

    def __init__(self, bridge: BridgeContext, pool: CurrentPool) -> None:
        self._bridge = bridge
        self._pool = pool

    def SubmitCertificate(  # noqa: N802
        self, request: bridge_pb2.SubmitCertificateRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.SubmitCertificateResponse:
        """An authority\'s certificate, from a partner."""
        request_key = request_key_of(request, context, f"{_SERVICE}/SubmitCertificate")
        submit_certificate(self._bridge, request.partner_id, request.certificate, request_key)
        return bridge_pb2.SubmitCertificateResponse()

    def SubmitRevocationList(  # noqa: N802
        self, request: bridge_pb2.SubmitRevocationListRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.SubmitRevocationListResponse:
        """An authority\'s revocation list, from a partner."""
        request_key = request_key_of(request, context, f"{_SERVICE}/SubmitRevocationList")
        given = HandedIn(der=request.revocation_list, uploaded_sha256=request.uploaded_sha256)
        submit_revocation_list(
            self._bridge, request.partner_id, given, request_key, self._pool.material.known
        )
        return bridge_pb2.SubmitRevocationListResponse()

    def UploadRevocationListPart(  # noqa: N802
        self, request: bridge_pb2.UploadRevocationListPartRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.UploadRevocationListPartResponse:
        """A part of a list that is too long for one call."""
        request_key = request_key_of(request, context, f"{_SERVICE}/UploadRevocationListPart")
        part = Part(
            sha256=request.sha256,
            octets=request.octets,
            begins=request.begins,
            part=request.part,
        )
        there = upload_part(self._bridge, request.partner_id, part, request_key)
        return bridge_pb2.UploadRevocationListPartResponse(octets=there)

    def AcceptRenumberedList(  # noqa: N802
        self, request: bridge_pb2.AcceptRenumberedListRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.AcceptRenumberedListResponse:
        """One officer accepts that numbers count anew."""
        request_key = request_key_of(request, context, f"{_SERVICE}/AcceptRenumberedList")
        peer = peer_of(context)
        accept_numbering(
            self._bridge,
            request.partner_id,
            request.sha256,
            from_message(request.acceptance, field=FIELD),
            f"{peer.role.value}/{peer.scope}/{peer.subject}",
            request_key,
        )
        return bridge_pb2.AcceptRenumberedListResponse()

    def ListPool(  # noqa: N802
        self, request: bridge_pb2.ListPoolRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.ListPoolResponse:
        """Every certificate and revocation list there is."""
        del request, context
        material = self._pool()
        answer = bridge_pb2.ListPoolResponse()
        room = _MESSAGE
        for into, found in (
            (answer.certificates, material.certificates),
            (answer.revocation_lists, sorted(material.lists, key=lambda one: one.size)),
        ):
            for one in found:
                if one.size > room:
                    answer.left_out.append(one.sha256)
                    continue
                into.append(one.octets)
                room -= one.size
        return answer

    def DownloadPoolElement(  # noqa: N802
        self, request: bridge_pb2.DownloadPoolElementRequest, context: grpc.ServicerContext
    ) -> Iterator[bridge_pb2.DownloadPoolElementResponse]:
        """One element, superseded lists too."""
        del context
        der = element_octets(self._bridge, self._pool(), request.sha256)
        for begins in range(0, len(der), _CHUNK):
            yield bridge_pb2.DownloadPoolElementResponse(chunk=der[begins : begins + _CHUNK])

    def ListPoolElements(  # noqa: N802
        self, request: bridge_pb2.ListPoolElementsRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.ListPoolElementsResponse:
        """Everything that is kept, also what can't be read."""
        del context
        at = moment(request)
        known = self._pool.material.known
        with self._bridge.database.reading() as tx:
            kept = list(elements_of(tx, known, at=at))
        return bridge_pb2.ListPoolElementsResponse(
            elements=[
                element_message(one)
                for one in kept
                if one.read is None or not request.unreadable_only
            ]
        )

    def RemovePoolElement(  # noqa: N802
        self, request: bridge_pb2.RemovePoolElementRequest, context: grpc.ServicerContext
    ) -> bridge_pb2.RemovePoolElementResponse:
        """One officer takes out what was handed in."""
        request_key = request_key_of(request, context, f"{_SERVICE}/RemovePoolElement")
        remove_element(self._bridge, request.sha256, request_key)
        return bridge_pb2.RemovePoolElementResponse()
