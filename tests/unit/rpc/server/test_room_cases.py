"""Room here and room in the signing core: one table of cases for both."""

from __future__ import annotations

from pathlib import Path

from openjpki.errors import OpenJpkiError
from openjpki.rpc.server.room import Room

CASES = Path(__file__).parents[4] / "signer_core/dataplane/src/grpc/room_cases.txt"


def _told(room: Room, caller: str) -> str:
    try:
        room.take(caller)
    except OpenJpkiError as refused:
        return refused.reason.name
    return "OK"


def test_the_cases_of_the_signing_core_hold() -> None:
    room, rooms = Room("calls", total=0, of_one_caller=0), 0
    for line in CASES.read_text("utf-8").splitlines():
        match line.split():
            case [] | ["#", *_]:
                pass
            case ["room", total, of_one, newcomers]:
                room = Room(
                    "calls",
                    total=int(total),
                    of_one_caller=int(of_one),
                    for_newcomers=int(newcomers),
                )
                rooms += 1
            case ["+", who, told]:
                before = room.in_use
                assert _told(room, who) == told, f"{line}, with {before} taken"
                assert room.in_use == before + (told == "OK")
            case ["-", who]:
                room.give_back(who)
            case _:
                raise AssertionError(line)
    assert rooms > 4
