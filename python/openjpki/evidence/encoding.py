"""The octets of a statement: CBOR, deterministic (RFC 8949 section 4.2.1).

    statement = [ kind, claims ]        ; an array of two
    kind      = tstr                    ; of StatementKind
    claims    = { * tstr => claim }
    claim     = tstr / int / bstr / nil / [ * claim ]

One statement has one encoding: lengths are definite and shortest, and the names of claims are
ordered by their encoded octets. Where the library orders them, it puts shorter names first
(RFC 7049 section 3.9), which for names that are all text is the same order, as the encoded length
comes first.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import cbor2

if TYPE_CHECKING:
    from openjpki.domain.evidence import Statement
    from openjpki.domain.evidence.statement import Claim


def encode(statement: Statement) -> bytes:
    """The octets that are signed."""
    claims = statement.claims()
    # In order before the library has them: it would encode each name once more to compare it, and
    # takes three times as long. A claim is no map, so nothing else needs an order.
    ordered = {name: claims[name] for name in _in_order(tuple(claims))}
    return cbor2.dumps([statement.kind.value, ordered])


# Of a kind's claims the names are the same each time.
@lru_cache(maxsize=64)
def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names, key=cbor2.dumps))


def deterministic(value: Claim | list[object] | dict[int, object]) -> bytes:
    """Any value of this package in CBOR's deterministic form."""
    return cbor2.dumps(value, canonical=True)
