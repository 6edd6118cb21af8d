"""Paths judged by `openjpki path batch`, as whoever drives it from outside does."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openjpki_devkit.forge.certificates import AT
from tests.support import command_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question. Certificates and lists are octets, DER or PEM, or the place of a file."""

    id: str
    target: bytes | Path
    anchors: Sequence[bytes | Path]
    pool: Sequence[bytes | Path] = ()
    time: datetime = AT
    policies: Sequence[str] = ()
    explicit_policy: bool = False
    inhibit_mapping: bool = False
    inhibit_any: bool = False
    revocation: bool = False
    """Whether every certificate needs evidence that it is not revoked."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    id: str
    verdict: str
    reason: str | None
    rule: str | None
    """Which rule is broken, in the engine's words."""
    path: tuple[str, ...]
    """SHA-256 in hexadecimal, from the anchor to the target."""
    authority_policies: tuple[str, ...]
    user_policies: tuple[str, ...]
    left_out: int
    """How much of the pool was not read."""
    ms: float

    @property
    def accepted(self) -> bool:
        assert self.verdict in {"accept", "reject", "error"}, self
        return self.verdict == "accept"


class PathBatch:
    """Writes what it is asked about into a folder, each octets once, and asks."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._written: set[str] = set()

    def ask(self, questions: Iterable[Asked]) -> dict[str, Answer]:
        """The answers by id, which came in the order asked: none is missing."""
        lines = [self.line(one) for one in questions]
        octets = "".join(json.dumps(line) + "\n" for line in lines).encode()
        done = command_line.run(["path", "batch"], stdin=octets, timeout=280)
        assert done.returncode == 0, done.stderr[-2000:].decode()
        answers = [_answer(json.loads(line)) for line in done.stdout.splitlines()]
        assert [one.id for one in answers] == [line["id"] for line in lines]
        return {one.id: one for one in answers}

    def line(self, asked: Asked) -> dict[str, Any]:
        """The question as the program reads it."""
        return {
            "id": asked.id,
            "target": self.place(asked.target),
            "anchors": [self.place(one) for one in asked.anchors],
            "pool": [self.place(one) for one in asked.pool],
            "time": asked.time.isoformat().replace("+00:00", "Z"),
            "policies": list(asked.policies),
            "explicit_policy": asked.explicit_policy,
            "inhibit_mapping": asked.inhibit_mapping,
            "inhibit_any": asked.inhibit_any,
            "revocation": "require" if asked.revocation else "off",
        }

    def place(self, content: bytes | Path) -> str:
        """The file that holds the octets."""
        if not isinstance(content, bytes):
            return str(content)
        name = hashlib.sha256(content).hexdigest()
        file = self._folder / name
        if name not in self._written:
            file.write_bytes(content)
            self._written.add(name)
        return str(file)


def digest(certificate: bytes) -> str:
    """How an answer names a certificate."""
    return hashlib.sha256(certificate).hexdigest()


def _answer(line: dict[str, Any]) -> Answer:
    return Answer(
        id=line["id"],
        verdict=line["verdict"],
        reason=line["reason"],
        rule=line["rule"],
        path=tuple(line["path"]),
        authority_policies=tuple(line["authority_policies"]),
        user_policies=tuple(line["user_policies"]),
        left_out=line["left_out"],
        ms=line["ms"],
    )
