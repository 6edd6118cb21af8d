"""What authorities make for authorities, judged by pkilint and openssl."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.x509.crl.encoding import CrlProfile, Revocation, RevocationColumns, make_crl
from openjpki.x509.crl.scope import Covers, issuing_distribution_point_der
from openjpki.x509.foreign.partner import partner_from_certificate
from openjpki.x509.profiles import names
from openjpki.x509.profiles.authority_profile import AuthorityProfile
from openjpki.x509.profiles.cross_profile import CrossProfile, NameSpace
from openjpki.x509.profiles.link import LinkProfile
from openjpki.x509.profiles.responder_profile import ResponderProfile
from tests.support.made_certificates import (
    make_authority_certificate,
    make_cross_certificate,
    make_new_with_old,
    make_old_with_new,
    make_responder_certificate,
)
from tests.support.pki_linting import lint_certificate, lint_crl, unexplained
from tests.support.topology import NOW, POLICIES, Builder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

URI = "http://repository.example/list.crl"


@pytest.fixture(scope="module")
def made(national: Builder) -> dict[str, bytes]:
    """Every kind of certificate and list, each in its fullest form."""
    governor = national.authority("governor")
    bridge = national.authority("service bridge")
    key = national.key("governor")
    later = make_authority_certificate(
        AuthorityProfile(
            name=national.dn("governor"),
            alternative_name=names.authority_name_ja("東京都"),
            serial=(1 << 64) + 77,
            not_before=NOW,
        ),
        national.key("governor, next generation"),
    )
    link = LinkProfile(serial=(1 << 64) + 78, not_before=NOW, not_after=NOW + timedelta(days=1800))
    cross = CrossProfile(
        serial=(1 << 64) + 79,
        not_before=NOW,
        not_after=NOW + timedelta(days=700),
        policies=(POLICIES["governor"],),
        mappings=((POLICIES["governor"], POLICIES["service bridge"]),),
        inhibit_mapping=True,
        path_length=0,
        cps_uri="http://repository.example/cps",
        names=NameSpace(permitted=(national.dn("service bridge"),)),
        crl_uri=URI,
    )
    responder = ResponderProfile(
        name=names.responder_name(national.dn("governor")),
        spki_der=national.key("responder").spki_der,
        serial=(1 << 64) + 80,
        not_before=NOW,
        lifetime=timedelta(days=30),
    )
    partition = names.partition_name(national.dn("governor"), "13101")
    columns = RevocationColumns.of(
        Revocation(serial, NOW - timedelta(hours=1), reason)
        for serial, reason in ((5, 0), (200, 1), (1 << 100, 3))
    )

    def crl(scope_der: bytes) -> bytes:
        profile = CrlProfile(
            number=3,
            this_update=NOW,
            next_update=NOW + timedelta(hours=48),
            scope_der=scope_der,
        )
        return make_crl(profile, columns, governor, key.core)[0]

    return {
        "authority": governor,
        "authority, next generation": later,
        "new with old": make_new_with_old(link, old=governor, new=later, old_key=key),
        "old with new": make_old_with_new(
            link, old=governor, new=later, new_key=national.key("governor, next generation")
        ),
        "cross": make_cross_certificate(cross, partner_from_certificate(bridge), governor, key),
        "responder": make_responder_certificate(responder, governor, key),
        "users' list": crl(issuing_distribution_point_der(partition, Covers.USERS)),
        "users' list with URI": crl(
            issuing_distribution_point_der(partition, Covers.USERS, uri=URI)
        ),
        "authority list": crl(
            issuing_distribution_point_der(national.dn("governor"), Covers.AUTHORITIES)
        ),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "authority",
        "authority, next generation",
        "new with old",
        "old with new",
        "cross",
        "responder",
    ],
)
def test_pkilint_finds_nothing_unexplained_in_certificates(
    made: dict[str, bytes], kind: str
) -> None:
    assert unexplained(lint_certificate(made[kind])) == []


@pytest.mark.parametrize("kind", ["users' list", "users' list with URI", "authority list"])
def test_pkilint_finds_nothing_unexplained_in_lists(made: dict[str, bytes], kind: str) -> None:
    assert unexplained(lint_crl(made[kind])) == []


def test_pkilint_would_find_something(made: dict[str, bytes]) -> None:
    # An extendedKeyUsage whose OID never ends: the judge must be awake.
    good = x509.load_der_x509_certificate(made["responder"])
    broken = made["responder"].replace(
        good.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value.public_bytes(),
        b"\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\xff",
    )
    assert broken != made["responder"]
    assert any(finding.is_error for finding in lint_certificate(broken))


def verify(
    program: str,
    directory: Path,
    target: bytes,
    *,
    trusted: bytes,
    untrusted: Sequence[bytes] = (),
    options: Sequence[str] = (),
) -> tuple[bool, str]:
    for name, ders in (("trusted", [trusted]), ("untrusted", untrusted), ("target", [target])):
        content = b"".join(
            x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM)
            for der in ders
        )
        (directory / f"{name}.pem").write_bytes(content)
    command = [program, "verify", "-no-CAfile", "-no-CApath", "-no-CAstore", "-x509_strict"]
    command += ["-attime", str(int(NOW.timestamp())), "-trusted", "trusted.pem", *options]
    if untrusted:
        command += ["-untrusted", "untrusted.pem"]
    done = subprocess.run(
        [*command, "target.pem"],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("target", "trusted", "untrusted", "options"),
    [
        ("authority", "authority", (), ("-check_ss_sig",)),
        ("new with old", "authority", (), ()),
        ("old with new", "authority, next generation", (), ()),
        ("cross", "authority", (), ()),
        ("cross", "authority, next generation", ("old with new",), ()),
        ("responder", "authority", (), ("-purpose", "ocsphelper")),
        ("responder", "authority, next generation", ("old with new",), ()),
    ],
)
def test_openssl_verifies(
    made: dict[str, bytes],
    openssl_program: str,
    tmp_path: Path,
    target: str,
    trusted: str,
    untrusted: tuple[str, ...],
    options: tuple[str, ...],
) -> None:
    fine, said = verify(
        openssl_program,
        tmp_path,
        made[target],
        trusted=made[trusted],
        untrusted=[made[one] for one in untrusted],
        options=options,
    )
    assert fine, said


def test_openssl_tells_generations_apart(
    made: dict[str, bytes], openssl_program: str, tmp_path: Path
) -> None:
    fine, said = verify(
        openssl_program, tmp_path, made["responder"], trusted=made["authority, next generation"]
    )
    assert not fine
    assert "unable to get local issuer certificate" in said


def test_openssl_prints_the_authority_as_the_profile_says(
    made: dict[str, bytes], openssl_program: str, tmp_path: Path
) -> None:
    (tmp_path / "authority.der").write_bytes(made["authority"])
    done = subprocess.run(
        [openssl_program, "x509", "-inform", "DER", "-in", "authority.der", "-noout", "-text"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    shown = done.stdout
    for line in (
        "Signature Algorithm: sha256WithRSAEncryption",
        "C = JP, O = OpenJPKI, OU = OpenJPKI for digital signature, OU = Governor of Tokyo",
        "X509v3 Key Usage: critical\n                Certificate Sign, CRL Sign",
        "X509v3 Basic Constraints: critical\n                CA:TRUE\n",
        "Public-Key: (2048 bit)",
    ):
        assert line in shown
    assert "Authority Key Identifier" not in shown


@pytest.mark.parametrize("kind", ["users' list", "authority list"])
def test_openssl_verifies_the_lists(
    made: dict[str, bytes], openssl_program: str, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "list.der").write_bytes(made[kind])
    (tmp_path / "authority.pem").write_bytes(
        x509.load_der_x509_certificate(made["authority"]).public_bytes(serialization.Encoding.PEM)
    )
    done = subprocess.run(
        [openssl_program, "crl", "-inform", "DER", "-in", "list.der", "-noout", "-text",
         "-CAfile", "authority.pem", "-verify"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert "verify OK" in done.stdout + done.stderr
    assert "X509v3 Issuing Distribution Point: critical" in done.stdout
    assert "X509v3 CRL Number: \n                3" in done.stdout
