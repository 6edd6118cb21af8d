"""The octets of statements: one encoding for one statement, none for two."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import cbor2
import pytest
from hypothesis import given

from openjpki.domain.evidence import StatementKind
from openjpki.evidence.encoding import encode
from tests.support.statements import any_statement, one_of_each_kind

if TYPE_CHECKING:
    from openjpki.domain.evidence import Statement


def test_there_is_a_sample_of_every_kind() -> None:
    assert [one.kind for one in one_of_each_kind()] == list(StatementKind)


@given(any_statement())
def test_a_statement_is_its_kind_and_its_claims(statement: Statement) -> None:
    kind, claims = cbor2.loads(encode(statement))
    assert kind == statement.kind.value
    expected = {
        name: [list(pair) for pair in claim] if isinstance(claim, tuple) else claim  # type: ignore[arg-type]
        for name, claim in statement.claims().items()
    }
    assert claims == expected


@given(any_statement(), any_statement())
def test_different_statements_have_different_octets(first: Statement, second: Statement) -> None:
    assert (encode(first) == encode(second)) is (first == second)


@given(any_statement())
def test_the_encoding_is_the_deterministic_one(statement: Statement) -> None:
    """RFC 8949 section 4.2.1, read head by head by a reader that knows nothing of the encoder."""
    octets = encode(statement)
    stream = io.BytesIO(octets)
    _require_deterministic(stream)
    assert not stream.read()


def _require_deterministic(stream: io.BytesIO) -> bytes:
    """Reads one item, holding it to the rules; its octets back."""
    begin = stream.tell()
    head = stream.read(1)[0]
    major, info = head >> 5, head & 31
    if major == 7:
        assert info == 22, "the only simple value is null"
        return _since(stream, begin)
    assert info < 28, "no indefinite length"
    number = info if info < 24 else int.from_bytes(stream.read(1 << (info - 24)), "big")
    least = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}
    assert info < 24 or number >= least[info], "the shortest form of a number"
    if major in {2, 3}:
        assert len(stream.read(number)) == number
    elif major == 4:
        for _ in range(number):
            _require_deterministic(stream)
    elif major == 5:
        names = []
        for _ in range(number):
            names.append(_require_deterministic(stream))
            _require_deterministic(stream)
        assert names == sorted(set(names)), "keys in the order of their octets, none twice"
    else:
        assert major == 0, "no negative numbers, no tags"
    return _since(stream, begin)


def _since(stream: io.BytesIO, begin: int) -> bytes:
    return stream.getvalue()[begin : stream.tell()]


@pytest.mark.parametrize("statement", one_of_each_kind(), ids=lambda one: one.kind.name)
def test_names_of_claims_are_short_ascii(statement: Statement) -> None:
    assert all(name.isascii() and len(name) < 24 for name in statement.claims())
