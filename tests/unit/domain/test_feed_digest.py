"""The chain over what a feed has told: as it is written down, and of each event's every value."""

from __future__ import annotations

import hashlib
import struct

import pytest

from openjpki.domain import feed_digest

EVENT = (b"\x40\x01", 1, 1_900_000_000, 2, 5, 1_800_000_000)


def test_an_event_is_continued_as_the_contract_says() -> None:
    octets = (
        bytes.fromhex("02 4001 0001")
        + (1_900_000_000).to_bytes(8, "big")
        + bytes.fromhex("02 05")
        + (1_800_000_000).to_bytes(8, "big")
    )
    assert feed_digest.event_octets(*EVENT) == octets
    told = b"openjpki.status-feed.1\x00" + bytes(32) + octets
    assert feed_digest.continued(feed_digest.START, octets) == hashlib.sha256(told).digest()


@pytest.mark.parametrize(
    ("place", "other"),
    [(0, b"\x40"), (0, b"\x40\x01\x00"), (1, 2), (2, 1_900_000_001), (3, 1), (4, 0), (5, 0)],
)
def test_every_value_counts(place: int, other: bytes | int) -> None:
    changed = [*EVENT]
    changed[place] = other
    octets = feed_digest.event_octets(*changed)  # type: ignore[arg-type]
    assert octets != feed_digest.event_octets(*EVENT)


def test_order_and_number_count() -> None:
    first, second = feed_digest.event_octets(*EVENT), feed_digest.event_octets(b"\x07", *EVENT[1:])

    def chain(*events: bytes) -> bytes:
        digest = feed_digest.START
        for event in events:
            digest = feed_digest.continued(digest, event)
        return digest

    chains = [(), (first,), (second,), (first, second), (second, first), (first, first, second)]
    assert len({chain(*one) for one in chains}) == len(chains)


@pytest.mark.parametrize(
    "values", [(b"\x01" * 256, 1), (b"\x01", 65_536), (b"\x01", -1)], ids=["serial", "more", "less"]
)
def test_a_value_that_does_not_fit_has_no_octets(values: tuple[bytes, int]) -> None:
    with pytest.raises((ValueError, struct.error)):
        feed_digest.event_octets(*values, *EVENT[2:])
