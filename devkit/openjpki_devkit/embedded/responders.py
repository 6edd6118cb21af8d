"""Enrols the keys of the installation's OCSP replica, as two operators of ca would."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.config.ocsp import OcspSettings
from openjpki.domain.served_scope import NATIONWIDE
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.services.ca import service
from openjpki.services.ca.responders.register import (
    NamedKey,
    ProposedKey,
    approve_key,
    propose_key,
    read_request,
)
from openjpki.services.common.keys import open_keys
from openjpki.services.ocsp.responders.responder_keys import key_of, key_request
from openjpki.storage.kernel.requests import RequestKey

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openjpki.domain.authority import AuthorityId
    from openjpki.services.ca.context import CaContext
    from openjpki_devkit.embedded.layout import Layout

REPLICA = "ocsp"
"""The only one, as its credential names it."""


def prepare_responders(layout: Layout, wanted: Iterable[AuthorityId]) -> None:
    """Makes and enrols those keys that are not there yet."""
    ca = service.open_context(
        load_settings(CaSettings, layout.settings(PeerRole.CA)), SystemClock()
    )
    backend = open_keys(load_settings(OcspSettings, layout.settings(PeerRole.OCSP)).keys)
    try:
        for authority_id in wanted:
            _enrol(ca, authority_id, key_request(key_of(backend, authority_id), authority_id))
    finally:
        backend.close()
        service.close_context(ca)


def _enrol(ca: CaContext, authority_id: AuthorityId, request: bytes) -> None:
    wanted = ProposedKey(
        authority_id=authority_id,
        replica=f"{NATIONWIDE}/{REPLICA}",
        certification_request=read_request(request),
    )
    try:
        key = propose_key(ca, wanted, _call("operator-1"), proposed_with=None)
    except OpenJpkiError as error:
        if error.reason is not Reason.RESPONDER_KEY_EXISTS:
            raise
        return
    approve_key(ca, NamedKey(authority_id, key.key_sha256), _call("operator-2"))


def _call(operator: str) -> RequestKey:
    return RequestKey.of("console/responders", f"console/{operator}", str(uuid.uuid4()), b"")
