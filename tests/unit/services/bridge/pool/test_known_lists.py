"""Lists that are kept, as long as there is memory for them and what finds their entries."""

from __future__ import annotations

from openjpki.services.bridge.pool.known_lists import KnownLists
from openjpki.signer_core import PathRevocationList
from openjpki_devkit.forge.certificates import RevocationList, entry

ENTRIES = 1_000


def a_list(issuer: str) -> PathRevocationList:
    revoked = [entry(1 << 71 | number) for number in range(ENTRIES)]
    return PathRevocationList.read(RevocationList(issuer=issuer, revoked=revoked).make())


def test_what_finds_the_entries_of_a_list_takes_memory_too() -> None:
    first, second = a_list("first"), a_list("second")
    assert 18 * ENTRIES <= first.memory - first.size <= 19 * ENTRIES
    for room, kept in ((first.memory + second.memory, first), (first.size + second.size, None)):
        known = KnownLists(room=room)
        known.keep(first)
        known.keep(second)
        assert known.find(first.sha256) is kept
        assert known.find(second.sha256) is second


def test_a_list_alone_is_kept_however_large() -> None:
    one = a_list("one")
    known = KnownLists(room=0)
    known.keep(one)
    assert known.find(one.sha256) is one
