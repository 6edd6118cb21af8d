"""A user certificate, judged by pkilint and openssl."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support import x509_samples as samples
from tests.support.openssl import openssl
from tests.support.pki_linting import lint_certificate, unexplained

if TYPE_CHECKING:
    from pathlib import Path


def test_pkilint_finds_no_error() -> None:
    assert unexplained(lint_certificate(samples.user_certificate())) == []


def test_openssl_accepts_it_strictly(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_bytes(samples.pem(samples.authority().der))
    (tmp_path / "user.pem").write_bytes(samples.pem(samples.user_certificate()))
    done = openssl(
        tmp_path,
        f"verify -x509_strict -attime {int(samples.NOW.timestamp())}"
        " -CAfile authority.pem user.pem",
    )
    assert done.returncode == 0, done.stderr
