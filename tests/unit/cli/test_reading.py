"""What commands read: one encoding wherever they run, one value of a field, and a name for what
breaks off."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer
from typer.core import TyperGroup

from openjpki.cli import lazy_command
from openjpki.cli.authority_policy import policy_in
from openjpki.cli.main import COMMANDS
from openjpki.cli.officer_request import OfficerRequest
from openjpki.cli.reading import json_object, lines_of, octets_of
from openjpki.closed_file import read_closed
from openjpki.errors import OpenJpkiError, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_POLICY = '{"names": {"organization": "Tokyo", "organization_japanese": "東京都"}}'
_DEEP = b"[" * 100_000


class _Handed(io.BytesIO):
    name = "policy.json"


class _BreaksOff(io.BytesIO):
    name = "policy.json"

    def read(self, _size: int | None = -1) -> bytes:
        """As a disk does that can't be read to the end."""
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def _every(command: Any) -> Iterator[Any]:
    yield command
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            yield from _every(below)


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_no_file_is_read_in_the_locales_encoding(entry: lazy_command.Entry) -> None:
    for command in _every(lazy_command.load(entry)):
        for parameter in command.params:
            described = getattr(parameter, "type_descriptor", None)
            assert described is None or described.file_annotation is not typer.FileText


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_policy_is_utf8_with_and_without_a_mark(mark: bytes) -> None:
    read = policy_in(_Handed(mark + _POLICY.encode()))
    assert read.names.organization_japanese == "東京都"


@pytest.mark.parametrize("encoding", ["utf-16", "cp932", "euc-jp"])
def test_another_encoding_is_refused_by_the_files_name(encoding: str) -> None:
    """Read as if it were ours it would stand in certificates for ten years."""
    with pytest.raises(OpenJpkiError, match="is not UTF-8") as refusal:
        policy_in(_Handed(_POLICY.encode(encoding)))
    assert refusal.value.field == "policy"
    assert refusal.value.metadata == {"file": "policy.json"}
    with pytest.raises(OpenJpkiError, match="is not UTF-8"):
        list(lines_of(_Handed("officer 東京 left".encode(encoding)), "--taken-back"))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[]", "must be a JSON object"),
        ("", "must be a JSON object"),
        (_DEEP.decode(), "must be a JSON object"),
        ('{"a": ' * 100_000, "must be a JSON object"),
        ('{"a": 1, "a": 2}', "must not have the same field twice"),
        ('{"names": {"a": 1, "a": 1}}', "must not have the same field twice"),
    ],
    ids=["array", "nothing", "deep array", "deep object", "twice", "twice within"],
)
def test_a_policy_says_each_thing_once(text: str, rule: str) -> None:
    with pytest.raises(OpenJpkiError, match=rule) as refusal:
        json_object(text, "policy")
    assert (refusal.value.reason, refusal.value.field) == (Reason.INVALID_FIELD, "policy")


def test_lines_end_as_they_were_ended() -> None:
    handed = b"\xef\xbb\xbfone\r\ntwo\n\xe2\x80\xa8\nfour\rfive\n\xef\xbb\xbfsix"
    assert list(lines_of(_Handed(handed), "FILE")) == [
        "one\n",
        "two\n",
        "\u2028\n",
        "four\n",
        "five\n",
        "\ufeffsix",
    ]


def test_lines_are_read_one_by_one() -> None:
    """They may be of a whole nation."""
    file = _Handed(b"one\ntwo\nthr\xffee\n" + b"more\n" * 1000)
    lines = lines_of(file, "FILE")
    assert next(lines) == "one\n"
    assert file.tell() == 4
    assert next(lines) == "two\n"
    with pytest.raises(OpenJpkiError, match="is not UTF-8") as refusal:
        next(lines)
    assert refusal.value.metadata == {"file": "policy.json", "line": "3"}


def test_lines_that_break_off_are_named() -> None:
    class BreaksOff(_Handed):
        def __next__(self) -> bytes:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(OSError, match=r"policy\.json"):
        list(lines_of(BreaksOff(b"one\n"), "FILE"))


@pytest.mark.parametrize("content", [_DEEP, b"\xff\xfe{\0}\0", b"{}"], ids=["deep", "16", "empty"])
def test_no_request_of_an_officer_is_a_fault_of_ours(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "request.json"
    file.write_bytes(content)
    with pytest.raises(OpenJpkiError, match="openjpki officer key"):
        OfficerRequest.read(file)


def test_a_file_that_breaks_off_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OSError, match=r"policy\.json"):
        policy_in(_BreaksOff())
    file = tmp_path / "letter.txt"
    file.touch(0o600)
    monkeypatch.setattr(Path, "read_bytes", lambda _: _BreaksOff().read())
    monkeypatch.setattr(Path, "open", lambda *_: _Opened(file))
    for read in (octets_of, read_closed):
        with pytest.raises(OSError, match=r"letter\.txt") as failed:
            read(file)
        assert (failed.value.errno, failed.value.filename) == (errno.EIO, str(file))


class _Opened(_BreaksOff):
    def __init__(self, file: Path) -> None:
        super().__init__()
        self._descriptor = os.open(file, os.O_RDONLY)

    def fileno(self) -> int:
        """Of the file that opened."""
        return self._descriptor

    def close(self) -> None:
        """And of nothing else."""
        os.close(self._descriptor)
        super().close()


SHIFT_JIS = "渡辺".encode("cp932")


@pytest.mark.parametrize(
    ("words", "blamed"),
    [
        (["verifier", "remove", SHIFT_JIS], "verifier"),
        (["window", "show", "1", "--municipality", SHIFT_JIS], "--municipality"),
        (["path", "validate", "a", "--anchor", "a", "--policy", SHIFT_JIS], "--policy"),
    ],
)
@pytest.mark.parametrize("language", ["en", "ja"])
def test_octets_that_are_no_characters_here_are_wrong_usage(
    words: list[str | bytes], blamed: str, language: str
) -> None:
    """As a script has them that was written for another encoding."""
    done = _openjpki(*words, "--language", language)
    assert (done.returncode, done.stdout) == (2, b"")
    assert blamed.encode() in done.stderr
    assert b"Traceback" not in done.stderr
    assert b"utf-8" in done.stderr


def test_a_file_may_be_called_anything(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/" + SHIFT_JIS
    Path(os.fsdecode(name)).touch()
    done = _openjpki("path", "validate", name, "--anchor", name, "--pool", name)
    assert done.returncode == 1
    assert b"INVALID_FIELD" in done.stderr


def _openjpki(*words: str | bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "openjpki.cli", *words],
        capture_output=True,
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
