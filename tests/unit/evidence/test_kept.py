"""What is kept of statements says itself who signed, and is read in its one form alone."""

from __future__ import annotations

import cbor2
import pytest

from openjpki.errors import OpenJpkiError
from openjpki.evidence.cose import sign
from openjpki.evidence.encoding import encode
from openjpki.evidence.kept import apart, read_kept, together
from tests.support.statements import memory_key, one_of_each_kind

KEY = memory_key()
OFFICERS = [one for one in one_of_each_kind() if "by" in one.claims() and hasattr(one, "occasion")]


def test_statements_come_apart_as_they_were_put_together() -> None:
    signed = [(encode(one), sign(one, KEY)) for one in OFFICERS]
    assert apart(together(signed)) == signed
    assert apart(together([])) == []


@pytest.mark.parametrize("statement", OFFICERS, ids=lambda one: one.kind.value)
def test_a_kept_statement_says_who_signed_when_and_with_which_key(statement) -> None:  # type: ignore[no-untyped-def]
    cose_sign1 = sign(statement, KEY)
    kind, signature = read_kept(encode(statement), cose_sign1)
    assert kind == statement.kind.value
    assert signature.occasion == statement.occasion
    assert signature.key_sha256 == KEY.public_key.sha256
    assert signature.signature == cose_sign1


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"no octets",
        b"\x81" * 100_000,
        cbor2.dumps({}),
        cbor2.dumps([b"statement"]),
        cbor2.dumps([[b"statement"]]),
        cbor2.dumps([[b"statement", "signature"]]),
        together([(b"statement", b"signature")]) + b"\x00",
        # An indefinite length is another form of the same.
        b"\x9f\xff",
    ],
)
def test_nothing_else_comes_apart(octets: bytes) -> None:
    with pytest.raises(ValueError, match="not "):
        apart(octets)


def test_what_is_no_signed_statement_is_not_read() -> None:
    statement = OFFICERS[0]
    octets, cose_sign1 = encode(statement), sign(statement, KEY)
    kind, claims = cbor2.loads(octets)
    tag = cbor2.loads(cose_sign1)
    nameless = cbor2.dumps({1: -7})
    for other in (
        cbor2.dumps([kind]),
        cbor2.dumps([kind, {**claims, "by": 1}], canonical=True),
        cbor2.dumps([kind, {**claims, "at": "now"}], canonical=True),
        cbor2.dumps([kind, {**claims, "by": "nobody"}], canonical=True),
        cbor2.dumps([kind, {"by": claims["by"]}]),
        octets + b"\x00",
    ):
        with pytest.raises((ValueError, OpenJpkiError)):
            read_kept(other, cose_sign1)
    for other in (
        cbor2.dumps(list(tag.value)),
        cbor2.dumps(cbor2.CBORTag(17, tag.value), canonical=True),
        cbor2.dumps(cbor2.CBORTag(18, [nameless, *tag.value[1:]]), canonical=True),
        cbor2.dumps(cbor2.CBORTag(18, tag.value[:3]), canonical=True),
    ):
        with pytest.raises(ValueError, match="not a COSE_Sign1"):
            read_kept(octets, other)
