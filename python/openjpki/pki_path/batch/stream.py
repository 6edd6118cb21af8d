"""A stream of questions answered in the order asked, while more of it is read."""

from __future__ import annotations

import json
import os
import queue
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from openjpki.pki_path.batch.files import BatchFiles
from openjpki.pki_path.batch.line import BYTE_ORDER_MARK, MAX_LINE, LineError, parse_line
from openjpki.signer_core import PathQuestion, PathValidator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openjpki.pki_path.batch.line import Id
    from openjpki.signer_core import PathVerdict

_CHUNK: Final = 256 << 10
"""Octets read at once; what has come is answered before more is waited for."""
_MOST: Final = 512
"""Questions answered at once. With :data:`_AHEAD` it bounds what is in memory."""
_AHEAD: Final = 2
_REMEMBERED: Final = 1 << 16
"""Signatures that held and are not verified again."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """A line without a question."""

    line_id: Id
    reason: str
    rule: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """A line's question."""

    line_id: Id
    question: PathQuestion
    left_out: int
    renumbered: bool
    """Whether lists with numbers that began again may be taken."""


_Line: TypeAlias = "_Asked | _Failed"


@dataclass(slots=True)
class Batch:
    """Answers what is read from a descriptor.

    ``write`` gets whole lines. ``now`` gives the time, seconds since 1970, for questions without
    one.
    """

    write: Callable[[bytes], object]
    now: Callable[[], int]
    _files: BatchFiles = field(default_factory=BatchFiles)
    _validator: PathValidator = field(
        default_factory=lambda: PathValidator(remembered_signatures=_REMEMBERED)
    )

    def run(self, descriptor: int) -> None:
        """Until the end of the input. Raises what ``write`` raises."""
        ahead: queue.Queue[list[_Line] | None] = queue.Queue(_AHEAD)
        failures: list[BaseException] = []
        given_up = threading.Event()

        def answer() -> None:
            try:
                while (asked := ahead.get()) is not None:
                    if not given_up.is_set():
                        self.write(b"".join(self._answers(asked)))
            except BaseException as error:  # noqa: BLE001 - raised where the batch was begun
                failures.append(error)
                # Whoever fills the queue must not wait for ever.
                while ahead.get() is not None:
                    pass

        answering = threading.Thread(target=answer, name="path-answers", daemon=True)
        answering.start()
        try:
            for lines in _lines(descriptor):
                for begin in range(0, len(lines), _MOST):
                    if failures:
                        return
                    ahead.put([self._ask(one) for one in lines[begin : begin + _MOST]])
        except BaseException:
            # Ctrl-C: what is being answered is the last.
            given_up.set()
            raise
        finally:
            ahead.put(None)
            answering.join()
            if failures:
                raise failures[0]

    def _ask(self, octets: bytes) -> _Line:
        try:
            line = parse_line(octets)
        except LineError as error:
            return _Failed(error.line_id, "invalid_request", error.rule)
        try:
            pool, left_out = self._files.pool(line.pool)
            question = PathQuestion(
                self._files.target(line.target),
                anchors=self._files.anchors(line.anchors),
                pool=pool,
                at=self.now() if line.at is None else line.at,
                policies=list(line.policies) or None,
                explicit_policy=line.explicit_policy,
                inhibit_mapping=line.inhibit_mapping,
                inhibit_any=line.inhibit_any,
                revocation=line.revocation,
                accept_renumbered=list(line.accept_renumbered) or None,
            )
        except OSError as error:
            return _Failed(line.line_id, "file_unreadable", error.strerror or type(error).__name__)
        except ValueError as error:
            return _Failed(line.line_id, "invalid_request", str(error))
        return _Asked(line.line_id, question, left_out, bool(line.accept_renumbered))

    def _answers(self, asked: list[_Line]) -> Iterator[bytes]:
        questions = [one.question for one in asked if isinstance(one, _Asked)]
        verdicts = iter(self._validator.validate_all(questions))
        for one in asked:
            if isinstance(one, _Asked):
                record = _answer(one, next(verdicts))
            else:
                record = _record(one.line_id, "error", one.reason, one.rule)
            yield json.dumps(record).encode() + b"\n"


def _answer(asked: _Asked, verdict: PathVerdict) -> dict[str, object]:
    if verdict.is_fault:
        return _record(asked.line_id, "error", "internal", "a fault of ours")
    return _record(
        asked.line_id,
        "accept" if verdict.accepted else "reject",
        verdict.reason,
        verdict.rule,
        path=verdict.path_sha256,
        authority_policies=verdict.authority_policies,
        user_policies=verdict.user_policies,
        renumbered=_renumbered(verdict) if asked.renumbered else None,
        left_out=asked.left_out,
        ms=verdict.microseconds / 1000,
    )


def _renumbered(verdict: PathVerdict) -> list[str]:
    """SHA-256 of each certificate for which a list was taken whose numbers began again."""
    found = zip(verdict.path_sha256[1:], verdict.evidence, strict=False)
    return [certificate for certificate, (kind, _) in found if kind == "renumbered_lists"]


def _record(
    line_id: Id,
    verdict: str,
    reason: str | None,
    rule: str | None,
    *,
    path: list[str] | None = None,
    authority_policies: list[str] | None = None,
    user_policies: list[str] | None = None,
    renumbered: list[str] | None = None,
    left_out: int = 0,
    ms: float = 0.0,
) -> dict[str, object]:
    """The same keys, in the same order, in every answer."""
    return {
        "id": line_id,
        "verdict": verdict,
        "reason": reason,
        "rule": rule,
        "path": path or [],
        "authority_policies": authority_policies or [],
        "user_policies": user_policies or [],
        "renumbered": renumbered or [],
        "left_out": left_out,
        "ms": ms,
    }


def _lines(descriptor: int) -> Iterator[list[bytes]]:
    """The lines that have come, without their ends and without blank ones. One that is too long is
    cut off behind the first octet too many, so that it is refused without being kept."""
    rest = b""
    dropping = False
    while chunk := os.read(descriptor, _CHUNK):
        found: list[bytes] = []
        *ended, open_end = chunk.split(b"\n")
        for piece in ended:
            if dropping:
                dropping = False
            else:
                found.append((rest + piece)[: MAX_LINE + 1])
            rest = b""
        if not dropping:
            rest += open_end
            if len(rest) > MAX_LINE:
                found.append(rest[: MAX_LINE + 1])
                rest, dropping = b"", True
        if lines := [line for line in found if not _is_blank(line)]:
            yield lines
    if not _is_blank(rest):
        yield [rest]


def _is_blank(line: bytes) -> bool:
    return not line.removeprefix(BYTE_ORDER_MARK).strip()
