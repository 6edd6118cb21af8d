"""What the contracts' comments say of refusals is what can happen, in words of the catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from openjpki.errors import Reason
from tests.support.reasons_named import ROOT, comments, files, raised

if TYPE_CHECKING:
    from google.protobuf import descriptor_pb2

RPC = ROOT / "python/openjpki/rpc"

GUARDS = [*sorted((RPC / "server").glob("*.py")), RPC / "deadline.py"]
"""What stands before every method."""

BY_GRPC = {"MESSAGE_TOO_LARGE"}
"""What gRPC refuses before the guard sees the call."""

NOT_TOLD = {"CANCELLED", "NOT_THE_OWNER"}
"""The first is said when the caller has gone, for the log alone; the second, which services say,
the guard only counts."""

_NAME = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)+\b")
_ONE_WORD = {reason.name for reason in Reason if "_" not in reason.name}


FILES = files()
SERVICES = {
    f"{file.package}.{service.name}": (file, index)
    for file in FILES
    for index, service in enumerate(file.service)
}


def _words(text: str) -> set[str]:
    return set(_NAME.findall(text)) | (set(re.findall(r"\b[A-Z]{2,}\b", text)) & _ONE_WORD)


def test_the_guard_is_read() -> None:
    """That the reasons are found where they are raised; a few that must be among them."""
    found = set().union(*map(raised, GUARDS))
    assert {"UNAUTHENTICATED", "ROLE_NOT_ALLOWED", "INVALID_FIELD", "DEADLINE_REQUIRED"} <= found


@pytest.mark.parametrize("name", SERVICES)
def test_every_preamble_names_what_the_guard_can_say(name: str) -> None:
    file, index = SERVICES[name]
    preamble = comments(file, [6, index])
    expected = set().union(*map(raised, GUARDS)) | BY_GRPC
    expected -= NOT_TOLD
    scoped = (
        "scope_field"
        in (ROOT / "protos" / file.name)
        .read_text()
        .split(f"\nservice {file.service[index].name} {{", 1)[1]
        .split("\n}", 1)[0]
    )
    if not scoped:
        expected.discard("OUT_OF_SCOPE")
    assert expected <= _words(preamble), expected - _words(preamble)


def _enum_names() -> set[str]:
    """Of every enum of the contracts, each value as it stands and without its prefix."""
    names: set[str] = set()
    for file in FILES:
        for enum in file.enum_type:
            for value in enum.value:
                parts = value.name.split("_")
                names |= {"_".join(parts[start:]) for start in range(len(parts))}
    return names


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_reason_named_is_in_the_catalogue(
    file: descriptor_pb2.FileDescriptorProto,
) -> None:
    known = {reason.name for reason in Reason} | {reason.grpc_code for reason in Reason}
    known |= _enum_names()
    for location in file.source_code_info.location:
        unknown = _words(location.leading_comments + location.trailing_comments) - known
        assert not unknown


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_method_fails_with_is_a_reason(name: str) -> None:
    file, index = SERVICES[name]
    for number in range(len(file.service[index].method)):
        comment = comments(file, [6, index, 2, number])
        for named in re.findall(r"Fails: ([^.]*)\.", comment):
            # What stands in brackets explains, and may name fields and states.
            reasons = _words(re.sub(r"\([^)]*\)", "", named))
            assert reasons <= {reason.name for reason in Reason}, reasons
