"""transcript.json: what the demo says it did, in the report's order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.demo import Demo

STEPS = ["①", "②", "③", "④", "⑤⑥", "⑦", "⑧", "⑨"]
LEFT_BEHIND = {
    "authority.pem", "user.pem", "application.txt", "application.p7s", "crl-before.der",
    "crl-after.der", "ocsp-good.der", "ocsp-revoked.der", "ocsp-unknown.der", "transcript.json",
    "bridge/anchor.pem", "bridge/official.pem", "console/queue.png", "console/application.png",
    "console/new.png", "console/certificates.png", "console/totals.png", "console/copy.pdf",
    "console/guide.pdf",
}  # fmt: skip


def test_every_step_is_there_in_order_with_its_time_and_facts(demo: Demo) -> None:
    steps = demo.transcript()
    for step in steps:
        assert set(step) == {"number", "title", "japanese", "seconds", "facts"}
        assert step["seconds"] >= 0
        assert step["facts"]
    numbers = [step["number"] for step in steps]
    first = [number for i, number in enumerate(numbers) if number not in numbers[:i]]
    assert [number for number in first if number in STEPS] == STEPS
    assert [n for n in numbers if n.startswith("B")] == ["B1", "B2", "B3", "B4", "B5", "B6"]
    assert numbers.index("失効") < numbers.index("B1")


def test_stdout_tells_the_same_steps_in_json(demo: Demo) -> None:
    told = [(step["number"], step["title"]) for step in json.loads(demo.done.stdout)]
    assert told == [(step["number"], step["title"]) for step in demo.transcript()]


def test_all_that_was_made_is_left(demo: Demo) -> None:
    for name in LEFT_BEHIND:
        assert (demo.folder / name).stat().st_size > 0, name
    assert list((demo.folder / "bridge" / "pool").glob("*.pem"))
    assert list((demo.folder / "bridge" / "crls").glob("*.der"))


def test_the_key_it_leaves_is_encrypted(demo: Demo) -> None:
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in (demo.folder / "user.key").read_bytes()
