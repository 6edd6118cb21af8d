"""Between the contract's messages and the register of responders' keys: parsed once, here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.domain.authority import AuthorityId
from openjpki.services.ca.responders.register import NamedKey, ProposedKey, read_request
from openjpki.storage.ca.responder_keys import ResponderKeyState

if TYPE_CHECKING:
    from openjpki.storage.ca.responder_keys import ResponderKey

_STATES = {
    ResponderKeyState.PROPOSED: ca_pb2.RESPONDER_KEY_STATE_PROPOSED,
    ResponderKeyState.ENROLLED: ca_pb2.RESPONDER_KEY_STATE_ENROLLED,
    ResponderKeyState.WITHDRAWN: ca_pb2.RESPONDER_KEY_STATE_WITHDRAWN,
}


def proposed_key(request: ca_pb2.ProposeResponderKeyRequest) -> ProposedKey:
    """Raises ``INVALID_FIELD``, the reasons of a refused PKCS#10."""
    return ProposedKey(
        authority_id=AuthorityId.parse(request.authority_id),
        replica=request.replica,
        certification_request=read_request(request.certification_request),
    )


def named_key(
    request: ca_pb2.ApproveResponderKeyRequest | ca_pb2.WithdrawResponderKeyRequest,
) -> NamedKey:
    """Raises ``INVALID_FIELD``."""
    return NamedKey(AuthorityId.parse(request.authority_id), request.key_sha256)


def key_message(key: ResponderKey) -> ca_pb2.ResponderKey:
    """One key."""
    return ca_pb2.ResponderKey(
        authority_id=str(key.authority_id),
        key_sha256=key.key_sha256,
        replica=key.replica,
        state=_STATES[key.state],
        proposed_by=key.proposed_by,
    )
