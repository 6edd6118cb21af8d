"""Statements and signatures of before: octets that were signed once must be built again for ever.

A claim that changes makes every kept signature worthless; a kind whose claims must change gets a
new number (:class:`~openjpki.domain.evidence.StatementKind`), and its own vector.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openjpki.evidence.cose import require_signed
from openjpki.evidence.encoding import encode
from openjpki.evidence.public_key import StatementPublicKey
from tests.support.statements import one_of_each_kind

if TYPE_CHECKING:
    from openjpki.domain.evidence import Statement

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))


def test_there_is_one_of_every_kind() -> None:
    assert list(VECTORS["statements"]) == [one.kind.value for one in one_of_each_kind()]


@pytest.mark.parametrize("statement", one_of_each_kind(), ids=lambda one: one.kind.name)
def test_octets_and_signature(statement: Statement) -> None:
    vector = VECTORS["statements"][statement.kind.value]
    assert encode(statement).hex() == vector["octets"]
    # A kind that came later was signed with a key of its own.
    public_key = vector.get("public_key", VECTORS["public_key"])
    key = StatementPublicKey.parse(bytes.fromhex(public_key))
    require_signed(statement, bytes.fromhex(vector["cose_sign1"]), key, field="signature")
