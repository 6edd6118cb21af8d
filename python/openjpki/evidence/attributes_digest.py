"""The four attributes as a statement names them: by a digest, never in clear."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from openjpki.domain.evidence.statement import require_uuid
from openjpki.evidence.encoding import deterministic

if TYPE_CHECKING:
    from openjpki.domain.person import FourAttributes

_LABEL = "openjpki.four-attributes.1"


def attributes_digest(attributes: FourAttributes, request_id: str) -> bytes:
    """SHA-256 of the attributes in their canonical form, salted with the statement's request id.

    ``request_id``: UUID in lower case (``INVALID_FIELD``). The salt keeps two statements about one
    person from being told to be about one. It keeps nobody from trying out a person they suspect:
    whoever may read the digest may read its salt.
    """
    require_uuid(request_id, field="request_id")
    return hashlib.sha256(
        deterministic(
            (
                _LABEL,
                request_id,
                attributes.name.text,
                attributes.birth_date.iso,
                attributes.sex.code,
                attributes.address.text,
            )
        )
    ).digest()
