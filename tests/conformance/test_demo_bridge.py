"""What the demo leaves of the bridge, judged by openssl's own path building and policy checks.

Every cross certificate requires an explicit policy, and openssl takes no -policy for "none is
acceptable", so the relying party's policy has to be named: the governor's, or anyPolicy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.pki_linting import lint_certificate, lint_crl, unexplained

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.support.demo import Demo

pytestmark = pytest.mark.requirement("R4.4", "R4.5")

ANY_POLICY = "2.5.29.32.0"
VERIFY = (
    "verify -no-CAfile -no-CApath -no-CAstore -x509_strict -policy_check -crl_check_all"
    " -trusted bridge/anchor.pem -show_chain"
)
DEPTH = 5
"""Official, ministry, government bridge, service bridge, governor."""


@pytest.fixture(scope="module")
def files(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """pool.pem and crls.pem as openssl takes them."""
    folder = tmp_path_factory.mktemp("bridge")
    pool = sorted((demo.folder / "bridge" / "pool").glob("*.pem"))
    (folder / "pool.pem").write_bytes(b"".join(path.read_bytes() for path in pool))
    lists = sorted((demo.folder / "bridge" / "crls").glob("*.der"))
    (folder / "crls.pem").write_text(
        "".join(demo.openssl(f"crl -inform DER -in {path}").stdout for path in lists)
    )
    return folder


def _verify(demo: Demo, files: Path, policy: str, lists: str) -> subprocess.CompletedProcess[str]:
    return demo.openssl(
        f"{VERIFY} -policy {policy} -untrusted {files}/pool.pem -CRLfile {lists}"
        " bridge/official.pem"
    )


def test_openssl_finds_the_same_path(demo: Demo, files: Path) -> None:
    governors = _policy(demo, "bridge/pool/00.pem")
    for policy in (ANY_POLICY, governors):
        judged = _verify(demo, files, policy, f"{files}/crls.pem")
        assert judged.returncode == 0, judged.stderr
        assert judged.stdout.count("depth=") == DEPTH
    path = demo.facts("B5", "official's certificate: valid")["path"]
    assert path.count("←") == DEPTH - 1


def test_openssl_refuses_without_the_lists_or_under_another_policy(demo: Demo, files: Path) -> None:
    one_list = demo.openssl(f"crl -inform DER -in {demo.folder}/bridge/crls/00.der").stdout
    (files / "one.pem").write_text(one_list)
    judged = _verify(demo, files, ANY_POLICY, f"{files}/one.pem")
    assert "unable to get certificate CRL" in judged.stderr
    officials = _policy(demo, "bridge/official.pem")
    judged = _verify(demo, files, officials, f"{files}/crls.pem")
    assert "no explicit policy" in judged.stderr


def test_pkilint_finds_nothing_in_what_our_bridge_made(demo: Demo) -> None:
    ours = []
    for path in sorted((demo.folder / "bridge" / "pool").glob("*.pem")):
        issuer = demo.openssl(f"x509 -in {path} -noout -issuer").stdout
        if "O = OpenJPKI" in issuer:
            demo.openssl(f"x509 -in {path} -outform DER -out {path.with_suffix('.der')}")
            der = path.with_suffix(".der").read_bytes()
            path.with_suffix(".der").unlink()
            ours.append(der)
    assert len(ours) >= 4
    for der in ours:
        assert unexplained(lint_certificate(der)) == []
    judged = 0
    for path in sorted((demo.folder / "bridge" / "crls").glob("*.der")):
        if "O = OpenJPKI" in demo.openssl(f"crl -inform DER -in {path} -noout -issuer").stdout:
            assert unexplained(lint_crl(path.read_bytes())) == []
            judged += 1
    assert judged


def _policy(demo: Demo, certificate: str) -> str:
    shown = demo.openssl(f"x509 -in {certificate} -noout -ext certificatePolicies").stdout
    return shown.split("Policy: ")[1].split()[0]
