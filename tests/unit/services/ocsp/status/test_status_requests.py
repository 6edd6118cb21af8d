"""What the signing core reads of StatusService's requests, and the rules it holds them to, against
protobuf and protovalidate."""

from __future__ import annotations

import random
from typing import Any

import pytest
from google.protobuf.message import DecodeError

from openjpki.api.ocsp.v1 import ocsp_pb2
from openjpki.rpc.invalid_message import InvalidMessageError
from openjpki.rpc.server.validation import check_message
from openjpki.signer_core import judge_status_request, read_status_request

KINDS: dict[str, Any] = {
    "Check": ocsp_pb2.CheckRequest,
    "CheckBatch": ocsp_pb2.CheckBatchRequest,
    "Watch": ocsp_pb2.WatchRequest,
}
AUTHORITIES = [
    "",
    "bridge",
    "bridge\n",
    "Bridge",
    "bridge-01",
    *(f"{kind}-{number:02}" for kind in ("signing", "authentication") for number in range(50)),
    "signing-1",
    "signing-013",
    "signing-13\n",
    "signing-13\0",
    "\0",
    " signing-13",
    "signing-\uff11\uff13",
    "認証局",
    "signing",
    "signing-",
]
SERIALS = [
    b"",
    b"\0",
    b"\x01",
    b"\0\x01",
    b"\x7f" * 20,
    b"\xff" * 20,
    b"\x01" * 21,
    b"\x01\0",
]


def octets_of(name: str, authority: str, serials: list[bytes]) -> bytes:
    kind = KINDS[name]
    if name == "Check":
        made = kind(authority_id=authority, serial=serials[0] if serials else b"")
    else:
        made = kind(authority_id=authority, serials=serials)
    return bytes(made.SerializeToString())


def read_by_protobuf(name: str, octets: bytes) -> tuple[str, list[bytes]] | None:
    try:
        message = KINDS[name].FromString(octets)
    except DecodeError:
        return None
    serials = [message.serial] if name == "Check" else list(message.serials)
    return message.authority_id, serials


def judged_by_protovalidate(name: str, octets: bytes) -> list[tuple[str, str]] | None:
    try:
        message = KINDS[name].FromString(octets)
    except DecodeError:
        return None
    try:
        check_message(message, octets)
    except InvalidMessageError as error:
        return list(error.violations)
    return []


def same(name: str, octets: bytes) -> None:
    assert read_status_request(name, octets) == read_by_protobuf(name, octets), octets.hex()
    assert judge_status_request(name, octets) == judged_by_protovalidate(name, octets), octets.hex()


@pytest.mark.parametrize("name", KINDS)
def test_rules(name: str) -> None:
    for authority in AUTHORITIES:
        for serials in ([], *([one] for one in SERIALS), [b"\x01", b""], [b"\x02", b"\x01"]):
            same(name, octets_of(name, authority, serials))
    for many in (999, 1000, 1001):
        same(name, octets_of(name, "bridge", [b"\x05"] * many))
        same(name, octets_of(name, "bridge\0", [b"\x05"] * (many - 1) + [b""]))


@pytest.mark.parametrize("name", KINDS)
def test_octets_that_are_nearly_messages(name: str) -> None:
    chance = random.Random(20)  # noqa: S311 - no secret
    whole = octets_of(name, "signing-13", [b"\x01\x02", b"\x7f" * 20])
    for length in range(len(whole)):
        same(name, whole[:length])
    for _ in range(20_000):
        octets = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            octets[chance.randrange(len(octets))] = chance.randrange(256)
        if chance.random() < 0.3:
            octets[chance.randrange(len(octets)) :] = chance.randbytes(chance.randrange(12))
        same(name, bytes(octets))


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "more",
    [
        "08 01",  # field 1 as a number
        "10 ffffffffffffffffff01",  # field 2 as one
        "10 ffffffffffffffffffff01",
        "1a 00",  # field 3
        "0a 00",  # empty once more
        "12 00",
        "0a 02 c3a9",
        "0a 01 ff",  # no UTF-8
        "0a 03 eda080",  # half of a surrogate pair
        "1b 1c",  # a group
        "1b 1b 1c 1c",
        "1b 24",  # that ends as another
        "1c",  # that never began
        "1b 08 01 12 01 05 1c",
        "1b" * 99 + "1c" * 99,
        "1b" * 100 + "1c" * 100,
        "1b" * 101 + "1c" * 101,
        "00",  # field 0
        "02 00",
        "0e 00",  # no such type
        "0f 00",
        "8a 00 01 41",  # a tag in more octets than it needs
        "8a 80 80 80 00 01 41",
        "8a 80 80 80 80 00 01 41",
        "fa ff ff ff 0f 00",  # the last number a field can have
        "fa ff ff ff 1f 00",
        "0a 80 00",  # a length in more than it needs
        "0a 80 80 80 80 00",
        "0a 80 80 80 80 80 00",
        "0a ff ff ff ff 07",
        "1d 00 00 00",
        "1d 00 00 00 00",
        "19 00 00 00 00 00 00 00 00",
    ],
)
def test_other_fields_and_encodings(name: str, more: str) -> None:
    whole = octets_of(name, "signing-13", [b"\x05"])
    added = bytes.fromhex(more)
    same(name, whole + added)
    same(name, added + whole)
    same(name, added)


def test_the_fields_have_the_numbers_that_are_read() -> None:
    for kind in KINDS.values():
        fields = [(one.number, one.name.rstrip("s")) for one in kind.DESCRIPTOR.fields]
        assert fields == [(1, "authority_id"), (2, "serial")]
