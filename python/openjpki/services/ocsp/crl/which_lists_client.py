"""Which CRLs of an authority there are, as ca says and signs it (ADR 34)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.api.ca.v1 import ca_pb2
from openjpki.api.ocsp.v1 import ocsp_pb2

if TYPE_CHECKING:
    from openjpki.services.ocsp.ca_client import CaClient

SET_TIMEOUT_SECONDS = 30.0
"""For ca to say it."""


def which_lists(
    ca: CaClient, authority_id: str, *, waits: bool
) -> ocsp_pb2.ListRevocationListsResponse:
    """As it goes to verifiers. ``waits``: also for ca to be there. Raises what the call raises."""
    answer = ca.stubs.crls.ListRevocationLists(
        ca_pb2.ListRevocationListsRequest(authority_id=authority_id),
        timeout=SET_TIMEOUT_SECONDS,
        wait_for_ready=waits,
    )
    return ocsp_pb2.ListRevocationListsResponse(
        lists=answer.lists, manifest=answer.manifest if answer.HasField("manifest") else None
    )
