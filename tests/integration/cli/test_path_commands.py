"""`openjpki path validate` and `path batch` as people and programs run them, in processes."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import pytest

from openjpki_devkit.forge.certificates import AT, Certificate, RevocationList
from tests.support import command_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PATH: Final = (sys.executable, "-m", "openjpki.cli.main", "path")
TIME: Final = "2025-06-01T00:00:00Z"
LAST: Final = AT + timedelta(days=1)
"""The last second of the target."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A path with its lists, and beside it what is no file to read."""
    made = tmp_path_factory.mktemp("path")
    (made / "r.der").write_bytes(Certificate(subject="R", issuer="R", ca=True).make())
    target = Certificate(subject="E", issuer="A", not_before=AT, not_after=LAST).make()
    (made / "e.der").write_bytes(target)
    pool = made / "pool"
    pool.mkdir()
    (pool / "a.der").write_bytes(Certificate(subject="A", issuer="R", ca=True).make())
    (pool / "r.crl").write_bytes(RevocationList(issuer="R").make())
    (pool / "a.crl").write_bytes(RevocationList(issuer="A").make())
    (made / "text").write_text("no certificate\n")
    os.mkfifo(made / "pipe")
    with (made / "huge").open("wb") as huge:
        huge.truncate(81 << 20)
    return made


def run(folder: Path, *words: str, octets: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Ends by itself, and leaves nothing of Python's own on stderr."""
    done = command_line.run(["path", *words], cwd=folder, stdin=octets)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


def question(**more: Any) -> dict[str, Any]:
    asked = {"target": "e.der", "anchors": ["r.der"], "pool": ["pool"], "time": TIME}
    return {**asked, **more}


def batch(
    folder: Path, lines: Sequence[bytes | dict[str, Any]], *words: str
) -> list[dict[str, Any]]:
    octets = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in lines]
    done = run(folder, "batch", *words, octets=b"\n".join(octets))
    assert (done.returncode, done.stderr) == (0, b"")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    return [json.loads(one, parse_constant=refuse) for one in done.stdout.splitlines()]


def test_a_path_is_judged_for_people_and_for_programs(folder: Path) -> None:
    words = ("validate", "e.der", "--anchor", "r.der", "--pool", "pool", "--time", TIME)
    done = run(folder, *words)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"valid\n")
    said = json.loads(run(folder, *words, "--output", "json").stdout)
    names = ("r.der", "pool/a.der", "e.der")
    assert said["path"] == [sha256((folder / name).read_bytes()).hexdigest() for name in names]
    without = run(folder, "validate", "e.der", "--anchor", "r.der", "--time", TIME)
    assert (without.returncode, without.stdout[:9]) == (4, b"NOT VALID")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("absent", "--anchor", "r.der"), "FILE absent: No such file or directory"),
        (("pool", "--anchor", "r.der"), "FILE pool: is no regular file"),
        (("pipe", "--anchor", "r.der"), "FILE pipe: is no regular file"),
        (("huge", "--anchor", "r.der"), "FILE huge: is longer than 83886080 octets"),
        (("e.der", "--anchor", "pipe"), "FILE pipe: is no regular file"),
        (("e.der", "--anchor", "text"), "--anchor: must hold a certificate that can be read"),
        (("e.der", "--anchor", "r.der", "--pool", "absent"), "FILE absent: No such file"),
        (("e.der", "--anchor", "r.der", "--policy", "1.x"), "--policy: must be a dotted"),
        (("e.der", "--anchor", "r.der", "--pool", "pipe"), "FILE pipe: is no regular file"),
        (("e.der", "--anchor", "r.der", "--time", "2025-06-01"), "--time: time must be as in"),
        (
            ("e.der", "--anchor", "r.der", "--time", "9999-12-31T23:59:59-14:00"),
            "--time: time must be one that there is",
        ),
    ],
)
def test_what_cannot_be_asked_is_told_by_its_name(
    folder: Path, words: tuple[str, ...], told: str
) -> None:
    done = run(folder, "validate", *words)
    assert (done.returncode, done.stdout) == (1, b"")
    assert told in done.stderr.decode()


def test_the_order_is_kept_from_a_file_and_from_standard_input(folder: Path) -> None:
    asked = [question(id=number, revocation="off") for number in range(600)]
    asked[7]["target"] = "absent"
    (folder / "questions").write_text("".join(json.dumps(one) + "\n" for one in asked))
    for found in (batch(folder, asked), batch(folder, [], "questions")):
        assert [one["id"] for one in found] == list(range(600))
        assert [one["id"] for one in found if one["verdict"] != "accept"] == [7]


def test_each_line_has_one_answer_whatever_it_is(folder: Path) -> None:
    rest = json.dumps(question()).encode()[1:]
    strange: list[tuple[bytes | dict[str, Any], object, str]] = [
        (b"no JSON", None, "must be one JSON object"),
        (b"[1]", None, "must be one JSON object"),
        (b"\xff\xfe{}", None, "must be UTF-8"),
        (b'{"id": 1, "id": 2}', None, "must not have a field twice"),
        (b'{"id": NaN, ' + rest, None, "id must be a number that there is"),
        (b'{"id": 1e999, ' + rest, None, "id must be a number that there is"),
        (b'{"id": ' + b"9" * 9999 + b", " + rest, None, "must be one JSON object"),
        (question(id="known", tagret="e.der"), "known", "has a field that is not known"),
        (question(id="when", time="2025-06-01"), "when", "time must be as in RFC 3339"),
        (question(id="pipe", target="pipe"), "pipe", "is no regular file"),
        (question(id="folder", target="pool"), "folder", "is no regular file"),
        (question(id="huge", target="huge"), "huge", "is longer than"),
        (question(id="device", anchors=["/dev/zero"]), "device", "is no regular file"),
    ]
    lines = [line for asked, _, _ in strange for line in (asked, b" \r", question(id="good"))]
    found = batch(folder, lines)
    assert [one["id"] for one in found[1::2]] == ["good"] * len(strange)
    assert {one["verdict"] for one in found[1::2]} == {"accept"}
    for said, (_, line_id, rule) in zip(found[::2], strange, strict=True):
        assert (said["verdict"], said["id"]) == ("error", line_id)
        assert said["rule"].startswith(rule)


def test_what_may_be_absent_may_be_null(folder: Path) -> None:
    optional = ("id", "policies", "explicit_policy", "inhibit_any", "accept_renumbered")
    (found,) = batch(folder, [question(**dict.fromkeys(optional))])
    assert found["verdict"] == "accept"


def test_what_of_the_pool_cannot_be_read_is_counted(folder: Path) -> None:
    (found,) = batch(folder, [question(pool=["pool", "text", "r.der"])])
    assert (found["verdict"], found["left_out"]) == ("accept", 1)


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("2025-05-31T23:59:59.999999999Z", "not_yet_valid"),
        ("2025-06-01T00:00:00.000Z", None),
        ("2025-06-02T00:00:00Z", None),
        ("2025-06-02T00:00:00.999999999999Z", None),
        ("2025-06-02T09:00:01+09:00", "expired"),
    ],
)
def test_a_second_is_whole(folder: Path, time: str, reason: str | None) -> None:
    (found,) = batch(folder, [question(time=time, revocation="off")])
    assert found["reason"] == reason


def test_whoever_stops_reading_is_not_answered_any_more(folder: Path) -> None:
    """Of a million lines nothing is kept, and nothing is said."""
    line = json.dumps(question(id="x", revocation="off")).encode() + b"\n"
    with subprocess.Popen(
        [*PATH, "batch"], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as asked:  # fmt: skip
        assert asked.stdin is not None
        assert asked.stdout is not None
        assert asked.stderr is not None
        stdin = asked.stdin
        refused = threading.Event()

        def feed() -> None:
            try:
                for _ in range(1000):
                    stdin.write(line * 1000)
            except BrokenPipeError:
                refused.set()

        feeding = threading.Thread(target=feed)
        feeding.start()
        first = [asked.stdout.readline() for _ in range(20_000)]
        asked.stdout.close()
        said = asked.stderr.read()
        feeding.join()
        assert refused.is_set()
        asked.stdin = None
    assert (asked.returncode, said) == (1, b"")
    assert {json.loads(one)["verdict"] for one in first} == {"accept"}


def test_a_long_input_is_not_kept(folder: Path) -> None:
    """300 MB of input in a process that may have 300 MB in all."""
    line = json.dumps(question(id="x" * 3000, revocation="off")).encode() + b"\n"

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, 300 << 20))

    with (folder / "long").open("wb") as long:
        for _ in range(100):
            long.write(line * 1000)
    with (folder / "answers").open("wb") as answers:
        done = subprocess.run(
            [*PATH, "batch", "long"], cwd=folder, stdout=answers, stderr=subprocess.PIPE,
            check=False, timeout=240, preexec_fn=limited,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert (folder / "answers").read_bytes().count(b'"accept"') == 100_000


@pytest.mark.parametrize(("closed", "told"), [(0, "standard input"), (1, "standard output")])
def test_a_stream_that_is_not_there_is_told(folder: Path, closed: int, told: str) -> None:
    (folder / "one").write_text(json.dumps(question()))
    script = f'exec "$@" {"< one" if closed else ""} {closed}>&-'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *PATH, "batch"], cwd=folder, capture_output=True,
        text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"FILE {told}: Bad file descriptor\n"


def test_a_full_disk_is_told(folder: Path) -> None:
    (folder / "one").write_text(json.dumps(question()))
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*PATH, "batch", "one"], cwd=folder, stdout=full, stderr=subprocess.PIPE, text=True,
            check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "FILE standard output: No space left on device\n"


@pytest.mark.parametrize(
    ("name", "told"),
    [("absent", "No such file or directory"), ("pool", "Is a directory")],
)
def test_an_input_that_is_none_is_told(folder: Path, name: str, told: str) -> None:
    done = run(folder, "batch", name)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.decode() == f"FILE {name}: {told}\n"
