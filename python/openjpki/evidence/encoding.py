"""The octets of a statement: CBOR, deterministic (RFC 8949 section 4.2.1).

    statement = [ kind, claims ]        ; an array of two
    kind      = tstr                    ; of StatementKind
    claims    = { * tstr => claim }
    claim     = tstr / int / bstr / nil / [ * claim ]

One statement has one encoding: lengths are definite and shortest, and the names of claims are
ordered by their encoded octets. The library orders shorter names first (RFC 7049 section 3.9),
which for names that are all text is the same order, as the encoded length comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cbor2

if TYPE_CHECKING:
    from openjpki.domain.evidence import Statement
    from openjpki.domain.evidence.statement import Claim


def encode(statement: Statement) -> bytes:
    """The octets that are signed."""
    return deterministic([statement.kind.value, dict(statement.claims())])


def deterministic(value: Claim | list[object] | dict[int, object]) -> bytes:
    """Any value of this package in CBOR's deterministic form."""
    return cbor2.dumps(value, canonical=True)
