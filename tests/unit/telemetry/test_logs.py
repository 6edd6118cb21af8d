"""Entries as they are written."""

from __future__ import annotations

import errno
import io
import json
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from openjpki.errors import OpenJpkiError, Reason
from openjpki.telemetry.failure import describe_failure
from openjpki.telemetry.logging import _output, configure_logging, debugging, get_logger
from tests.support.captured_logs import captured_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "山田　花子"


class Broken(io.StringIO):
    def __init__(self, fault: Exception) -> None:
        super().__init__()
        self.fault = fault
        self.room: list[Callable[[str], int]] = []

    def write(self, text: str) -> int:
        if not self.room:
            raise self.fault
        return self.room.pop()(text)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    with captured_logs(service="ca") as written:
        yield written


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_one_json_object_a_line(stream: io.StringIO) -> None:
    get_logger("feed").info("caught up", authority="signing-13", sequence=7)
    (entry,) = lines(stream)
    stamp = entry.pop("timestamp")
    assert stamp.endswith("Z")
    assert entry == {
        "area": "feed",
        "authority": "signing-13",
        "event": "caught up",
        "level": "info",
        "sequence": 7,
        "service": "ca",
    }


def test_text_with_line_breaks_stays_one_entry(stream: io.StringIO) -> None:
    get_logger("x").info('a\n{"event": "forged"}\u2028b')
    assert len(stream.getvalue().splitlines()) <= 2  # U+2028 is no line end for a JSON reader
    assert len(stream.getvalue().split("\n")) == 2


def test_level_is_kept_and_can_change(stream: io.StringIO) -> None:
    log = get_logger("x")
    log.debug("quiet")
    assert lines(stream) == []
    assert not debugging()
    configure_logging("ca", level="debug", stream=stream)
    log.debug("loud")
    assert [entry["event"] for entry in lines(stream)] == ["loud"]
    assert debugging()


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), BrokenPipeError(), ValueError()])
def test_work_goes_on_while_no_line_can_be_written(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    """The disk is full, the collector has ended, the stream was closed."""
    with monkeypatch.context() as broken:
        broken.setattr(_output, "_lines", structlog.WriteLogger(Broken(fault)))
        get_logger("x").info("nobody reads this")
        logging.getLogger("library").warning("nor this")
    assert not lines(stream)
    get_logger("x").info("hello")
    first, told = lines(stream)
    assert first["event"] == "hello"
    assert (told["event"], told["entries"]) == ("entries could not be written in time", 2)
    assert told.keys() == {*first.keys(), "entries"}


def test_that_lines_are_missing_is_told_at_every_level_once_it_was_written(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure_logging("ca", level="error", stream=stream)
    log, full = get_logger("x"), Broken(BrokenPipeError())
    with monkeypatch.context() as broken:
        broken.setattr(_output, "_lines", structlog.WriteLogger(full))
        log.error("nobody reads this")
        # Room for one line, and none for what is told of it.
        full.room = [stream.write]
        broken.setattr(_output, "_lines", structlog.WriteLogger(full))
        log.error("first")
        log.error("nor this")
    log.error("second")
    log.error("third")
    assert [(one["event"], one.get("entries")) for one in lines(stream)] == [
        ("first", None),
        ("second", None),
        ("entries could not be written in time", 2),
        ("third", None),
    ]


def test_people_get_text_on_a_terminal() -> None:
    terminal = Terminal()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("ca", stream=terminal)
    get_logger("x").info("hello", name=NAME)
    configure_logging("", level="warning")
    root.handlers[:] = handlers
    root.setLevel(level)
    assert "hello" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    assert NAME not in terminal.getvalue()


def test_failure_is_types_and_places(stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError(NAME)  # noqa: TRY301
        except KeyError as error:
            raise OpenJpkiError(Reason.NOT_IN_REGISTER, NAME) from error
    except OpenJpkiError:
        get_logger("x").error("failed", exc_info=True)
    (entry,) = lines(stream)
    assert entry["error"] == ["OpenJpkiError(NOT_IN_REGISTER)", "builtins.KeyError"]
    assert entry["frames"] == [frame for frame in entry["frames"] if "test_logs.py" in frame]
    assert entry["frames"]
    assert NAME not in stream.getvalue()


def test_chain_of_causes_ends() -> None:
    """Exceptions can point at each other in a circle."""
    one, two = ValueError("1"), ValueError("2")
    one.__cause__, two.__cause__ = two, one
    described = describe_failure(one)
    assert len(str(described)) < 5000


def test_libraries_text_is_kept_and_their_values_are_not(stream: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.warning("row %s refused", NAME)
    library.error(f"row {NAME} refused")
    library.info("not important")
    try:
        raise ValueError(NAME)  # noqa: TRY301
    except ValueError:
        library.exception("lost %s", NAME)
    entries = lines(stream)
    assert [entry["event"] for entry in entries] == [
        "row %s refused",
        "a library's message, withheld",
        "lost %s",
    ]
    assert [entry["level"] for entry in entries] == ["warning", "error", "error"]
    assert all(entry["library"] == "some.library" for entry in entries)
    assert all(entry["where"].startswith("test_logs.py:") for entry in entries)
    assert entries[2]["error"] == ["builtins.ValueError"]
    assert NAME not in stream.getvalue()


def test_unconfigured_program_gets_redacted_warnings_on_stderr() -> None:
    """A program that only imports the client: nothing on stdout, no personal data anywhere."""
    program = (
        "from openjpki.telemetry.logging import get_logger\n"
        "log = get_logger('x')\n"
        f"log.info('info', name={NAME!r})\n"
        f"log.warning('warning', name={NAME!r}, blob=b'secret')\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == ""
    assert json.loads(ran.stderr)["event"] == "warning"
    assert NAME not in ran.stderr
    assert "secret" not in ran.stderr
