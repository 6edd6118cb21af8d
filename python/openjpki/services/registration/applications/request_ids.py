"""Ids of our own calls to the authority, made from what they are for.

The same act has the same id, after a crash too, and after its answer was forgotten; two officers
who happen to choose the same id for their calls still make two different ones here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

if TYPE_CHECKING:
    from openjpki.storage.kernel.requests import RequestKey

_NAMESPACE = UUID("5b7e3d52-8f0c-4f7e-9a35-1d6c6f2b9f10")


def issue_request_id(application_id: str) -> str:
    """Of the one issuance an application can lead to."""
    return str(uuid5(_NAMESPACE, f"issue {application_id}"))


def changed_request_id(municipality_code: str, sequence: int, serial: bytes) -> str:
    """Of the revocation of one certificate that a change notice asks for."""
    return str(uuid5(_NAMESPACE, f"changed {municipality_code} {sequence} {serial.hex()}"))


def revoke_request_id(request: RequestKey) -> str:
    """Of the revocation an officer's call asks for."""
    return str(uuid5(_NAMESPACE, f"revoke {request.caller} {request.request_id}"))
