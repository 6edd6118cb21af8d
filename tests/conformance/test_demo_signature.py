"""The signed application that the demo leaves, judged by `openssl cms -verify`.

A user's certificate may sign and nothing else (keyUsage digitalSignature and nonRepudiation, no
extendedKeyUsage), which openssl's default purpose for CMS, smimesign, allows; the options needed
are -binary, because the document is signed octet by octet, and the governor's certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openjpki.x509.foreign.cms import check_signature

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.demo import Demo

VERIFY = "cms -verify -binary -inform DER -in application.p7s -CAfile authority.pem"


@pytest.mark.requirement("R1.2.8")
@pytest.mark.parametrize(
    "options", ["", "-purpose smimesign", "-purpose any", "-x509_strict", "-cades"]
)
def test_openssl_verifies_it(demo: Demo, tmp_path: Path, options: str) -> None:
    out = tmp_path / "out"
    judged = demo.openssl(f"{VERIFY} -content application.txt -out {out} {options}")
    assert judged.returncode == 0, judged.stderr
    assert "Verification successful" in judged.stderr
    assert out.read_bytes() == (demo.folder / "application.txt").read_bytes()


def test_openssl_refuses_another_content_and_another_authority(demo: Demo, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_bytes((demo.folder / "application.txt").read_bytes() + b" ")
    judged = demo.openssl(f"{VERIFY} -content {other} -out {tmp_path / 'out'}")
    assert judged.returncode != 0
    official = VERIFY.replace("authority.pem", "bridge/official.pem")
    judged = demo.openssl(f"{official} -content application.txt -out {tmp_path / 'out'}")
    assert judged.returncode != 0


def test_it_names_the_residents_certificate_and_holds_no_content(demo: Demo) -> None:
    content = (demo.folder / "application.txt").read_bytes()
    signature = (demo.folder / "application.p7s").read_bytes()
    assert content not in signature
    demo.openssl("x509 -in user.pem -outform DER -out user.der")
    facts = check_signature(signature, content)
    assert facts.signer_certificate == (demo.folder / "user.der").read_bytes()
    assert facts.digest_algorithm == "sha256"
