"""What two officers agree to, as one digest: of every word and time of a version."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from openjpki.domain.stated_time import written

if TYPE_CHECKING:
    from openjpki.domain.agreements.agreement import Agreement


def content_sha256(one: Agreement) -> bytes | None:
    """SHA-256 over a JSON array of all that was notified and agreed, with whom and about what, and
    nothing of what became of it; None of what was taken over, of which nothing was."""
    said, clauses, until = one.notification, one.clauses, one.period.not_after
    if said is None or clauses is None or until is None:
        return None
    accredited = said.accredited_until
    document = clauses.document_sha256
    content: list[object] = [
        "openjpki.agreement.1",
        one.verifier_id,
        str(one.authority_id),
        one.version,
        said.name,
        said.kind.value,
        said.accreditation,
        None if accredited is None else written(accredited),
        said.notified_by,
        written(said.notified_at),
        sorted(way.value for way in one.ways),
        written(one.period.not_before),
        written(until),
        clauses.purpose,
        clauses.liability_cap_yen,
        clauses.safety,
        clauses.secrecy,
        None if document is None else document.hex(),
    ]
    if one.quota is not None:
        # By another name: a release that knows no quota finds no agreement rather than one without.
        content[0] = "openjpki.agreement.2"
        content += [*one.quota.numbers, one.quota.beyond.value]
    octets = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return hashlib.sha256(octets).digest()
