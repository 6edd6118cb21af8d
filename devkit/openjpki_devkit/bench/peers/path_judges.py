"""Others that judge certification paths: programs of one file, built on the spot."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from openjpki.cli import output
from openjpki_devkit.bench.peers.process import said

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROGRAM = "path-rate"
"""Ours: of signer_core/bench, which `make bench` builds and puts on the PATH."""

_HERE = Path(__file__).parent
_AS_INSTALLED = {"GOTOOLCHAIN": "local", "GOWORK": "off"}


@dataclass(frozen=True, slots=True)
class PathJudge:
    """A program that is asked for paths a second, or seconds."""

    suffix: str
    name: str
    needs: str
    version: Callable[[], str | None]
    """What is installed; ``None`` where it is missing."""
    command: Callable[[], list[str]]
    """Builds it where it must be built."""


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="openjpki-bench-")


@cache
def _built_by_go() -> list[str]:
    program = str(Path(_folder().name) / "path_rate_go")
    command = ["go", "build", "-o", program, str(_HERE / "path_rate.go")]
    subprocess.run(command, check=True, env=os.environ | _AS_INSTALLED)  # noqa: S603
    return [program]


@cache
def _built_by_cc() -> list[str]:
    program = str(Path(_folder().name) / "path_rate_c")
    command = ["cc", "-O2", "-o", program, str(_HERE / "path_rate.c"), "-lcrypto"]
    subprocess.run(command, check=True)  # noqa: S603
    return [program]


@cache
def _openssl_version() -> str | None:
    """Of the library that it was linked with; nothing where compiler or headers are missing."""
    try:
        return said(*_built_by_cc(), "version")
    except (OSError, subprocess.CalledProcessError):
        return None


def _java_version() -> str | None:
    return said("java", "--version") if shutil.which("javac") else None


GO = PathJudge("_vs_go", "Go crypto/x509", "go", partial(said, "go", "version"), _built_by_go)
OPENSSL = PathJudge(
    "_vs_openssl", "openssl X509_verify_cert", "cc and libssl-dev", _openssl_version, _built_by_cc
)
JDK = PathJudge(
    "", "JDK CertPathBuilder", "a JDK: java and javac", _java_version,
    lambda: ["java", str(_HERE / "PathPool.java")],
)  # fmt: skip


def present(row: str, judges: Sequence[PathJudge]) -> list[PathJudge]:
    """Those that are installed; a line on stderr says which are left out of the row."""
    found = []
    for judge in judges:
        if judge.version() is None:
            output.stderr.print(f"left out: {row}{judge.suffix} (needs {judge.needs})")
        else:
            found.append(judge)
    return found


def versions() -> dict[str, str | None]:
    """What is installed of each, by its name."""
    return {judge.name: judge.version() for judge in (GO, OPENSSL, JDK)}
