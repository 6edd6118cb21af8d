"""Nothing of an applicant's private key is where it has no need to be (report 2-3(1), R2.3.1)."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from openjpki.cli.key_file import load_key
from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from tests.support.installation import CHIYODA, answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cryptography.hazmat.primitives.asymmetric import rsa

    from tests.support.installation import RunningInstallation

PASSPHRASE = b"of the applicant alone"
_PART = 32
"""Octets of a number: so many in a row are no accident."""
_MAPPED = re.compile(rb"([0-9a-f]+)-([0-9a-f]+) rw[^ ]* [^ ]+ [^ ]+ [^ ]+ *([^\n]*)")


def private_numbers(key: rsa.RSAPrivateKey) -> list[bytes]:
    """The beginning of each that gives the key away, the highest octet first."""
    numbers = key.private_numbers()
    return [
        number.to_bytes((number.bit_length() + 7) // 8, "big")[:_PART]
        for number in (numbers.d, numbers.p, numbers.q)
    ]


def in_memory(numbers: Iterable[bytes]) -> list[bytes]:
    """As programs hold them, in either order of octets; and the passphrase."""
    return [PASSPHRASE, *(form for one in numbers for form in (one, one[::-1]))]


def written(numbers: Iterable[bytes]) -> list[bytes]:
    """The same, and as texts have them: in digits, and in base64 wherever it begins in one."""
    texts = [
        text
        for one in numbers
        for text in (
            one.hex().encode(),
            one.hex().upper().encode(),
            *(b64encode(one[begin:])[:_PART] for begin in range(3)),
        )
    ]
    return [*in_memory(numbers), *texts]


def memory_of(pid: int) -> Iterator[bytes]:
    """What a process can read of its own memory (proc(5)), region by region."""
    process = Path("/proc", str(pid))
    with (process / "mem").open("rb", buffering=0) as memory:
        for begin, end, name in _MAPPED.findall((process / "maps").read_bytes()):
            if name.startswith(b"[v"):  # the kernel's own pages
                continue
            try:
                memory.seek(int(begin, 16))
                yield memory.read(int(end, 16) - int(begin, 16))
            except OSError:
                continue  # gone meanwhile, or of a device


def found(parts: Iterable[bytes], places: Iterable[bytes]) -> bool:
    wanted = list(parts)
    return any(part in place for place in places for part in wanted)


def files_below(folder: Path) -> Iterator[bytes]:
    """What is in them, and the same without the ends of lines."""
    for one in folder.rglob("*"):
        if one.is_file():
            octets = one.read_bytes()
            yield octets
            yield octets.replace(b"\n", b"")


@pytest.mark.requirement("R2.3.1")
def test_a_private_key_is_in_no_file_log_environment_or_memory_of_others(
    installation: RunningInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "generator"
    here.mkdir()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    write_private(tmp_path / "passphrase", PASSPHRASE)
    made = ("--key", "../user.pem", "--passphrase-file", "../passphrase", "--request", "user.p10")
    with monkeypatch.context() as patched:
        patched.setenv("TMPDIR", str(temporary))
        told = installation.cli("window", "make-key", *made, cwd=here)
    answer(told)
    certified = installation.issue(key=(here / "user.p10").read_bytes())
    at_window = ("--municipality", CHIYODA)
    answer(installation.cli("window", "show", certified.application_id, *at_window))

    key = load_key(tmp_path / "user.pem", PASSPHRASE)
    numbers = private_numbers(key)
    # The generator's folders, what it said, and all that the services have written.
    assert list(temporary.iterdir()) == []
    assert not found(written(numbers), files_below(here))
    assert not found(written(numbers), [told.stdout.encode(), told.stderr.encode()])
    assert not found(written(numbers), files_below(installation.home))
    for service in (PeerRole.REGISTRATION, PeerRole.CA):
        pid = installation.processes.pid(service)
        assert not found(written(numbers), [Path(f"/proc/{pid}/environ").read_bytes()])
        assert not found(in_memory(numbers), memory_of(pid))
        # A search that finds nothing anywhere would say the same.
        assert found([str(installation.home).encode()], memory_of(pid))

    # So it would here: this process has the key, and what was presented of it is in the databases.
    assert found(in_memory(numbers), memory_of(os.getpid()))
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert found([public], files_below(installation.home))
