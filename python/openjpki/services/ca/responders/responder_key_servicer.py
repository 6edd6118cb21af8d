"""ResponderKeyService: from message to use case and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2, ca_pb2_grpc
from openjpki.domain.authority import AuthorityId
from openjpki.rpc.current_call import caller_of
from openjpki.services.ca.responders.conversions import key_message, named_key, proposed_key
from openjpki.services.ca.responders.register import (
    approve_key,
    list_keys,
    propose_key,
    withdraw_key,
)
from openjpki.services.common.request_key import request_key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import grpc

    from openjpki.services.ca.context import CaContext

_SERVICE = "openjpki.api.ca.v1.ResponderKeyService"


class ResponderKeyServicer(ca_pb2_grpc.ResponderKeyServiceServicer):
    """Hands each call to its use case."""

    def __init__(self, ca: CaContext, *, publish_changes: Callable[[], object]) -> None:
        """``publish_changes``: called when a revocation is durable that a list is to have now."""
        self._ca = ca
        self._publish_changes = publish_changes

    def ProposeResponderKey(  # noqa: N802
        self, request: ca_pb2.ProposeResponderKeyRequest, context: grpc.ServicerContext
    ) -> ca_pb2.ProposeResponderKeyResponse:
        """One operator's proposal."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ProposeResponderKey")
        key = propose_key(
            self._ca,
            proposed_key(request),
            request_key,
            proposed_with=caller_of(context).fingerprint,
        )
        return ca_pb2.ProposeResponderKeyResponse(key=key_message(key))

    def ApproveResponderKey(  # noqa: N802
        self, request: ca_pb2.ApproveResponderKeyRequest, context: grpc.ServicerContext
    ) -> ca_pb2.ApproveResponderKeyResponse:
        """Another operator's approval."""
        request_key = request_key_of(request, context, f"{_SERVICE}/ApproveResponderKey")
        key = approve_key(self._ca, named_key(request), request_key)
        return ca_pb2.ApproveResponderKeyResponse(key=key_message(key))

    def WithdrawResponderKey(  # noqa: N802
        self, request: ca_pb2.WithdrawResponderKeyRequest, context: grpc.ServicerContext
    ) -> ca_pb2.WithdrawResponderKeyResponse:
        """No more certificates for it, and those that it has are revoked and published at once."""
        request_key = request_key_of(request, context, f"{_SERVICE}/WithdrawResponderKey")
        key = withdraw_key(self._ca, named_key(request), request_key)
        self._publish_changes()
        return ca_pb2.WithdrawResponderKeyResponse(key=key_message(key))

    def ListResponderKeys(  # noqa: N802
        self, request: ca_pb2.ListResponderKeysRequest, context: grpc.ServicerContext
    ) -> ca_pb2.ListResponderKeysResponse:
        """Every key of an authority's responders."""
        del context
        keys = list_keys(self._ca, AuthorityId.parse(request.authority_id))
        return ca_pb2.ListResponderKeysResponse(keys=map(key_message, keys))
