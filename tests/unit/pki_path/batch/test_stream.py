"""A stream of questions: answered in order, while more is read, whatever lines there are."""

from __future__ import annotations

import json
import os
import threading
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from openjpki.cli.exit_codes import ExitCode
from openjpki.errors import OpenJpkiError
from openjpki.pki_path.batch.line import MAX_LINE
from openjpki.pki_path.batch.stream import Batch
from tests.support.small_pki import NOW, POLICY, SmallPki
from tests.support.x509_samples import key_usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TIME = NOW.isoformat()
KEYS = [
    "id",
    "verdict",
    "reason",
    "rule",
    "path",
    "authority_policies",
    "user_policies",
    "renumbered",
    "left_out",
    "ms",
]


class Files:
    """R -> A -> leaf, in files."""

    def __init__(self, folder: Path) -> None:
        pki = SmallPki()
        self.folder = folder
        self.root = pki.certificate("R", "R")
        self.middle = pki.certificate("A", "R", serial=7)
        self.leaf = pki.certificate("leaf", "A", serial=8, ca=False)
        (folder / "pool" / "below").mkdir(parents=True)
        self.put("root.der", self.root)
        self.put("leaf.pem", pem(self.leaf))
        self.put("leaf-broken.der", self.leaf[:-1])
        # A bundle, text around its parts, one that can't be read, and lists below.
        broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        self.put("pool/bundle.pem", b"text\n" + pem(self.root) + broken + pem(self.middle))
        for name in ("R", "A"):
            self.put(f"pool/below/{name}.crl", pki.crl(name))
        self.put("revoking.crl", pki.crl("A", revoked={8: NOW - timedelta(days=1)}))
        # A was restored from a copy: the list before the one in the pool had a higher number.
        earlier = NOW - timedelta(days=1)
        self.put("before.crl", pki.crl("A", number=90, this_update=earlier, next_update=NOW))

        # Another key of A's signs lists: R says so, and somebody else does.
        usage = (key_usage(crl_sign=True), True)
        for name, signer in (("lists.der", "R"), ("impostor.der", "another R")):
            made = pki.certificate(
                "A", "R", key="A lists", signer=signer, ca=False, policies=(), extra=(usage,)
            )
            self.put(name, made)
        self.put("delegated.crl", pki.crl("A", signer="A lists"))
        ended = {8: NOW - timedelta(days=1)}
        self.put("delegated-revoking.crl", pki.crl("A", signer="A lists", revoked=ended))

    def put(self, name: str, octets: bytes) -> None:
        (self.folder / name).write_bytes(octets)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def line(self, **more: Any) -> bytes:
        fields = {
            "id": "x",
            "target": self.path("leaf.pem"),
            "anchors": [self.path("root.der")],
            "pool": [self.path("pool")],
            "time": TIME,
        }
        return json.dumps({**fields, **more}).encode() + b"\n"


def pem(der: bytes) -> bytes:
    return load_der_x509_certificate(der).public_bytes(Encoding.PEM)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def answers(octets: bytes, *, now: int = 0) -> list[dict[str, Any]]:
    """Of everything at once."""
    reading, writing = os.pipe()
    written: list[bytes] = []

    def feed() -> None:
        with os.fdopen(writing, "wb") as end:
            end.write(octets)

    feeding = threading.Thread(target=feed)
    feeding.start()
    try:
        Batch(write=written.append, now=lambda: now).run(reading)
    finally:
        os.close(reading)
        feeding.join()
    found = [json.loads(line) for line in b"".join(written).splitlines()]
    for one in found:
        assert list(one) == KEYS
    return found


def test_an_answer_for_each_in_the_order_asked(files: Files) -> None:
    lines = [files.line(id=number) for number in range(1500)]
    found = answers(b"".join(lines))
    assert [one["id"] for one in found] == list(range(1500))
    assert {one["verdict"] for one in found} == {"accept"}
    first = found[0]
    assert first["reason"] is None
    assert first["path"] == [
        sha256(der).hexdigest() for der in (files.root, files.middle, files.leaf)
    ]
    assert first["user_policies"] == first["authority_policies"] == [POLICY]
    assert first["left_out"] == 1
    assert first["ms"] >= 0


def test_what_is_asked_counts(files: Files) -> None:
    revoking = [files.path("pool"), files.path("revoking.crl")]
    without = [files.path("pool/bundle.pem")]
    found = answers(
        files.line(pool=revoking)
        + files.line(pool=revoking, revocation="off")
        + files.line(pool=without)
        + files.line(pool=without, revocation="off")
        + files.line(time="2030-01-01T00:00:00Z")
        + files.line(policies=["1.2.3"], explicit_policy=True)
        + files.line(policies=["1.2.3"])
        + files.line(policies=[])
        + files.line(anchors=[])
        + files.line(target=files.path("leaf-broken.der"))
    )
    assert [(one["verdict"], one["reason"]) for one in found] == [
        ("reject", "revoked"),
        ("accept", None),
        ("reject", "revocation_unknown"),
        ("accept", None),
        ("reject", "expired"),
        ("reject", "policy_required"),
        ("accept", None),
        ("accept", None),
        ("reject", "no_path"),
        ("reject", "unreadable"),
    ]
    assert found[6]["user_policies"] == []
    assert found[6]["authority_policies"] == [POLICY]


def test_numbers_that_began_again_are_accepted_by_the_list_and_told(files: Files) -> None:
    pool = [files.path("pool"), files.path("before.crl")]
    restored = sha256((files.folder / "pool/below/A.crl").read_bytes()).hexdigest()
    lines = [
        files.line(pool=pool),
        files.line(pool=pool, accept_renumbered=[restored.upper()]),
        files.line(pool=pool, accept_renumbered=[sha256(b"another").hexdigest()]),
        files.line(accept_renumbered=[restored]),
    ]
    found = answers(b"".join(lines))
    unknown = ("reject", "revocation_unknown")
    assert [(one["verdict"], one["reason"]) for one in found] == [
        unknown,
        ("accept", None),
        unknown,
        ("accept", None),
    ]
    leaf = sha256(files.leaf).hexdigest()
    assert [one["renumbered"] for one in found] == [[], [leaf], [], []]


def test_by_one_command(files: Files, command: Callable[..., tuple[object, Any]]) -> None:
    words = ["path", "validate", files.path("leaf.pem"), "--time", TIME]
    words += ["--anchor", files.path("root.der")]
    words += ["--pool", files.path("pool"), "--pool", files.path("before.crl")]

    code, said = command(*words)
    assert (code, said["reason"]) == (ExitCode.NOT_VALID, "revocation_unknown")
    restored = sha256((files.folder / "pool/below/A.crl").read_bytes()).hexdigest()
    code, said = command(*words, "--accept-renumbered", restored)
    assert (code, said["verdict"]) == (0, "accept")
    assert [one["renumbered"] for one in said["evidence"]] == [False, True]
    with pytest.raises(OpenJpkiError) as refused:
        command(*words, "--accept-renumbered", "abc")
    assert refused.value.field == "--accept-renumbered"


def test_lists_of_another_key_of_the_issuer_count(
    files: Files, command: Callable[..., tuple[object, Any]]
) -> None:
    """With its certificate by the same authority above, by both commands (RFC 5280 6.3.3 (f))."""
    pool = ["--pool", files.path("pool/bundle.pem"), "--pool", files.path("pool/below/R.crl")]

    def asked(*more: str) -> tuple[str, str | None]:
        words = ["path", "validate", files.path("leaf.pem"), "--time", TIME]
        words += ["--anchor", files.path("root.der"), *pool]
        words += [word for one in more for word in ("--pool", files.path(one))]
        _, said = command(*words)
        named = [*pool[1::2], *(files.path(one) for one in more)]
        (also,) = answers(files.line(pool=named))
        assert (also["verdict"], also["reason"]) == (said["verdict"], said["reason"])
        return said["verdict"], said["reason"]

    unknown = ("reject", "revocation_unknown")
    assert asked() == unknown
    assert asked("delegated.crl") == unknown
    assert asked("delegated.crl", "impostor.der") == unknown
    assert asked("delegated.crl", "lists.der") == ("accept", None)
    assert asked("delegated-revoking.crl", "lists.der") == ("reject", "revoked")


def test_without_a_time_it_is_now(files: Files) -> None:
    line = json.loads(files.line())
    del line["time"]
    (found,) = answers(json.dumps(line).encode(), now=int(NOW.timestamp()))
    assert found["verdict"] == "accept"
    (found,) = answers(json.dumps(line).encode(), now=0)
    assert found["reason"] == "not_yet_valid"


def test_strange_lines_end_nothing(files: Files) -> None:
    strange = [
        b"\xff\xfe\n",
        b"{\n",
        b'{"id": "known", "target": 5, "anchors": []}\n',
        files.line(surprise=1),
        b'{"target": "' + b"x" * (3 * MAX_LINE) + b'"}\n',
        b"[" * 200_000 + b"\n",
        files.line(target=files.path("absent")),
        files.line(target="/dev/zero"),
        files.line(target=files.path("pool")),
        files.line(anchors=[files.path("absent")]),
        files.line(anchors=[files.path("root.der"), "/dev/zero"]),
    ]
    octets = b"".join(one + b"\n \r\n" + files.line() for one in strange)
    found = answers(octets)
    assert [one["verdict"] for one in found] == ["error", "accept"] * len(strange)
    errors = found[::2]
    assert [one["reason"] for one in errors] == ["invalid_request"] * 6 + ["file_unreadable"] * 5
    assert [one["id"] for one in errors] == [None, None, "known", "x", None, None] + ["x"] * 5
    assert all(one["rule"] for one in errors)


def test_a_byte_order_mark_says_nothing(files: Files) -> None:
    mark = b"\xef\xbb\xbf"
    (found,) = answers(mark + files.line())
    assert found["verdict"] == "accept"
    assert answers(mark + b"\r\n") == answers(mark) == []


def test_the_last_line_needs_no_end(files: Files) -> None:
    (found,) = answers(files.line().rstrip())
    assert found["verdict"] == "accept"
    assert answers(b"") == []


def test_an_answer_does_not_wait_for_the_next_question(files: Files) -> None:
    reading, writing = os.pipe()
    answered = threading.Semaphore(0)
    written: list[bytes] = []

    def write(lines: bytes) -> None:
        written.append(lines)
        answered.release()

    running = threading.Thread(target=Batch(write=write, now=lambda: 0).run, args=(reading,))
    running.start()
    try:
        for count in (1, 2):
            os.write(writing, files.line(id=count))
            assert answered.acquire(timeout=30)
            assert json.loads(written[-1])["id"] == count
    finally:
        os.close(writing)
        running.join()
        os.close(reading)


def test_files_are_read_once(files: Files) -> None:
    reading, writing = os.pipe()
    answered = threading.Semaphore(0)
    written: list[bytes] = []

    def write(lines: bytes) -> None:
        written.append(lines)
        answered.release()

    running = threading.Thread(target=Batch(write=write, now=lambda: 0).run, args=(reading,))
    running.start()
    try:
        os.write(writing, files.line())
        assert answered.acquire(timeout=30)
        for name in ("root.der", "leaf.pem", "pool/bundle.pem"):
            (files.folder / name).unlink()
        os.write(writing, files.line())
        assert answered.acquire(timeout=30)
    finally:
        os.close(writing)
        running.join()
        os.close(reading)
    assert [json.loads(one)["verdict"] for one in written] == ["accept", "accept"]


def test_what_of_a_pool_cannot_be_read_is_left_out_and_counted_once(files: Files) -> None:
    pool = files.folder / "pool"
    (pool / "nowhere").symlink_to(files.folder / "absent")
    os.mkfifo(pool / "pipe")
    (pool / "round").symlink_to(pool)
    # One in the bundle, the link to nowhere and the pipe.
    named = [files.path("pool"), files.path("absent"), files.path("pool/pipe"), "/dev/zero"]
    found = answers(files.line() + files.line(pool=named * 2))
    assert [one["verdict"] for one in found] == ["accept"] * 2
    assert [one["left_out"] for one in found] == [3, 5]
    # Nor does a name that is none end the line.
    named = [files.path("pool"), "x" * 300, "/x" * 3000]
    (only,) = answers(files.line(pool=named))
    assert (only["verdict"], only["left_out"]) == ("accept", 5)


def test_a_file_is_read_once_whatever_it_is_named_as(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    usual = os.open

    def counted(path: Any, *more: Any, **options: Any) -> int:
        opened.append(str(path))
        return usual(path, *more, **options)

    monkeypatch.setattr(os, "open", counted)
    root, leaf = files.path("root.der"), files.path("leaf.pem")
    (files.folder / "link").symlink_to("leaf.pem")
    again, linked = files.path("./pool/../root.der"), files.path("link")
    lines = [
        files.line(pool=[files.path("pool"), root, leaf]),
        files.line(target=root, pool=[root]),
        files.line(target=root, anchors=[root, leaf], pool=[leaf, files.path("pool")]),
        files.line(target=again, anchors=[again, linked], pool=[linked, files.path("./pool")]),
    ]
    assert len(answers(b"".join(lines))) == len(lines)
    places = [os.path.realpath(one) for one in opened]
    assert len(places) == len(set(places))
    assert {root, leaf} <= set(opened)


def test_files_below_a_folder_are_not_followed_from_the_root_one_by_one(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = files.folder / "pool" / "many"
    below.mkdir()
    for number in range(50):
        (below / f"{number}.der").write_bytes(number.to_bytes())
    (below / "link").symlink_to("7.der")
    followed: list[str] = []
    usual = os.path.realpath

    def counted(name: str) -> str:
        followed.append(name)
        return usual(name)

    monkeypatch.setattr(os.path, "realpath", counted)
    (only,) = answers(files.line())
    # One in the bundle, and what is no certificate, that which is linked to once.
    assert (only["verdict"], only["left_out"]) == ("accept", 51)
    assert [name for name in followed if name.startswith(str(below))] == [str(below / "link")]


def test_whoever_stops_reading_ends_it(files: Files) -> None:
    def write(_lines: bytes) -> None:
        raise BrokenPipeError

    reading, writing = os.pipe()
    os.write(writing, files.line())
    os.close(writing)
    try:
        with pytest.raises(BrokenPipeError):
            Batch(write=write, now=lambda: 0).run(reading)
    finally:
        os.close(reading)
