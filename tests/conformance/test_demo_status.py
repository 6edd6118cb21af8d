"""The OCSP answers that the demo leaves, judged by openssl, ocsptool and pkilint."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.pki_linting import lint_ocsp_response

if TYPE_CHECKING:
    from tests.support.demo import Demo

pytestmark = pytest.mark.requirement("R4.1.1")

ANSWERS = ("good", "revoked", "unknown")


def _respin(demo: Demo, name: str, about: str) -> subprocess.CompletedProcess[str]:
    return demo.openssl(
        f"ocsp -respin ocsp-{name}.der -issuer authority.pem {about} -CAfile authority.pem"
    )


def test_openssl_reads_good_and_then_revoked(demo: Demo) -> None:
    good = _respin(demo, "good", "-cert user.pem")
    assert good.returncode == 0, good.stderr
    assert "Response verify OK" in good.stderr
    assert "user.pem: good" in good.stdout
    revoked = _respin(demo, "revoked", "-cert user.pem")
    assert "Response verify OK" in revoked.stderr
    assert "user.pem: revoked" in revoked.stdout
    assert "Reason: cessationOfOperation" in revoked.stdout


def test_openssl_reads_unknown_for_a_number_never_given(demo: Demo) -> None:
    serial = demo.facts("OCSP", "status over HTTP: unknown")["serial"]
    unknown = _respin(demo, "unknown", f"-serial 0x{serial}")
    assert "Response verify OK" in unknown.stderr
    assert f"0x{serial}: unknown" in unknown.stdout


@pytest.mark.parametrize("name", ANSWERS)
def test_ocsptool_verifies_the_signature(demo: Demo, name: str) -> None:
    judged = subprocess.run(
        [
            "ocsptool", "--verify-response", "--load-response", f"ocsp-{name}.der",
            "--load-trust", "authority.pem", "--load-issuer", "authority.pem",
        ],
        cwd=demo.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )  # fmt: skip
    assert judged.returncode == 0, judged.stderr
    assert "Verifying OCSP Response: Success." in judged.stdout
    assert f"Certificate Status: {name}" in judged.stdout


@pytest.mark.parametrize("name", ANSWERS)
def test_pkilint_finds_nothing(demo: Demo, name: str) -> None:
    assert lint_ocsp_response((demo.folder / f"ocsp-{name}.der").read_bytes()) == []
