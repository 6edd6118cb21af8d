"""What an officer signed counts in the officer's own call, and in no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from openjpki.domain.evidence import OfficerSignature


def require_own_signature(
    signature: OfficerSignature, path: str, request_id: str, *, field: str
) -> None:
    """Raise ``EVIDENCE_SIGNATURE_INVALID`` unless who calls has signed, and for this request."""
    said = signature.occasion
    if (str(said.officer), said.request_id) != (path, request_id):
        raise OpenJpkiError(
            Reason.EVIDENCE_SIGNATURE_INVALID,
            "must be the caller's own, for this request",
            field=field,
        )
