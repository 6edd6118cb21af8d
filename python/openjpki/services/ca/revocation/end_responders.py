"""With a responder's key end the certificates that it has, those included that are being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.authority_revocation import ResponderRevocationCause
from openjpki.services.ca.revocation.end_certificate import Ending, end_certificate
from openjpki.storage.ca import certificates, responder_keys
from openjpki.storage.ca.responder_keys import ResponderKeyState

if TYPE_CHECKING:
    from openjpki.services.ca.context import CaContext
    from openjpki.storage.ca.responder_keys import ResponderKey
    from openjpki.storage.kernel.requests import RequestKey
    from openjpki.storage.kernel.transaction import Transaction

_WITHDRAWN = ResponderRevocationCause.WITHDRAWN


def end_certificates_of(
    ca: CaContext, tx: Transaction, key: ResponderKey, request_key: RequestKey
) -> None:
    """Revoke what a key has that is withdrawn in this transaction."""
    for serial in responder_keys.signed_for_key(tx, key, ca.clock.now()):
        found = certificates.get(tx, key.authority_id, serial)
        if found is not None:
            ending = Ending(_WITHDRAWN.name, _WITHDRAWN.reason)
            end_certificate(ca, tx, found, ending, request_key)


def end_if_withdrawn(
    ca: CaContext, tx: Transaction, key: ResponderKey | None, request_key: RequestKey
) -> None:
    """Revoke what a key has if it was withdrawn while its certificate was being signed. Whoever
    asks has locked the key: either the withdrawal saw the certificate, or this sees it."""
    if key is not None and key.state is ResponderKeyState.WITHDRAWN:
        end_certificates_of(ca, tx, key, request_key)
