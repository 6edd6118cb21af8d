"""DenyListService: whose credentials this service takes no longer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.mesh.v1 import mesh_pb2, mesh_pb2_grpc
from openjpki.rpc.current_call import caller_of
from openjpki.services.common.request_key import request_key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from openjpki.services.common.denying import Denying
    from openjpki.storage.kernel.denied_credentials import DeniedCredential

_SERVICE = "openjpki.api.mesh.v1.DenyListService"
_PREFIX = "DENY_CAUSE_"
_CAUSES = {name.removeprefix(_PREFIX): cause for name, cause in mesh_pb2.DenyCause.items()}
"""Another release may have kept one that is none here: the credential is refused all the same."""


class DenyListServicer(mesh_pb2_grpc.DenyListServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, denying: Denying, changed: Callable[[], None]) -> None:
        """``changed``: reads the list again, so that a change binds here before it is answered."""
        self._denying = denying
        self._changed = changed

    def add_to(self, server: grpc.Server) -> None:
        """Serve it there."""
        mesh_pb2_grpc.add_DenyListServiceServicer_to_server(self, server)

    def Deny(  # noqa: N802
        self, request: mesh_pb2.DenyRequest, context: grpc.ServicerContext
    ) -> mesh_pb2.DenyResponse:
        """Denies a credential."""
        request_key = request_key_of(request, context, f"{_SERVICE}/Deny")
        cause = mesh_pb2.DenyCause.Name(request.cause).removeprefix(_PREFIX)
        entry = self._denying.deny(request.credential, cause, caller_of(context), request_key)
        self._changed()
        return mesh_pb2.DenyResponse(entry=_message(entry))

    def Allow(  # noqa: N802
        self, request: mesh_pb2.AllowRequest, context: grpc.ServicerContext
    ) -> mesh_pb2.AllowResponse:
        """Takes an entry off the list."""
        request_key = request_key_of(request, context, f"{_SERVICE}/Allow")
        self._denying.allow(request.credential, caller_of(context), request_key)
        self._changed()
        return mesh_pb2.AllowResponse()

    def List(  # noqa: N802
        self, request: mesh_pb2.ListRequest, context: grpc.ServicerContext
    ) -> mesh_pb2.ListResponse:
        """Everything on the list that the operator reaches."""
        del request
        entries = self._denying.listed(caller_of(context))
        return mesh_pb2.ListResponse(entries=map(_message, entries))


def _message(entry: DeniedCredential) -> mesh_pb2.DeniedCredential:
    message = mesh_pb2.DeniedCredential(
        credential=entry.credential,
        cause=_CAUSES.get(entry.cause, mesh_pb2.DENY_CAUSE_UNSPECIFIED),
        denied_by=entry.denied_by,
    )
    message.denied_at.seconds = int(entry.denied_at.timestamp())
    return message
