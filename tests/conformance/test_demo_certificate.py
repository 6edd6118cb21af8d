"""The resident's certificate that the demo leaves, judged by openssl, pkilint and asn1tools."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING, Any

import asn1tools
import pytest
from cryptography import x509

from openjpki.domain.policy import AuthorityPolicy
from tests.support.pki_linting import lint_certificate, lint_crl, unexplained

if TYPE_CHECKING:
    from tests.support.demo import Demo

    Decoded = dict[str, Any]
    """A sequence as asn1tools reads it: what a member is, its own syntax says."""

ARC = "1.2.392.200149.8.5.5"
IN_ORDER = [f"{ARC}.{n}" for n in (1, 4, 3, 5, 2, 6)]

X509 = """
Certificates DEFINITIONS EXPLICIT TAGS ::= BEGIN
Certificate ::= SEQUENCE {
  tbs SEQUENCE {
    version [0] INTEGER, serial INTEGER, signature ANY, issuer ANY, validity ANY, subject ANY,
    key SEQUENCE { algorithm ANY, key BIT STRING },
    extensions [3] SEQUENCE OF Extension },
  algorithm ANY,
  value BIT STRING }
Extension ::= SEQUENCE {
  id OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, value OCTET STRING }
SubjectAltName ::= SEQUENCE OF GeneralName
GeneralName ::= CHOICE { otherName [0] IMPLICIT AnotherName }
AnotherName ::= SEQUENCE { id OBJECT IDENTIFIER, value [0] EXPLICIT UTF8String }
END
"""


@pytest.fixture(scope="module")
def decoded(demo: Demo) -> Decoded:
    """user.pem as asn1tools reads it."""
    der = demo.openssl("x509 -in user.pem -outform DER -out user.der")
    assert der.returncode == 0
    module = asn1tools.compile_string(X509, "der")
    tbs: Decoded = module.decode("Certificate", (demo.folder / "user.der").read_bytes())["tbs"]
    return tbs


@pytest.mark.requirement("R2.5.1", "R2.5.2")
def test_openssl_accepts_it_strictly_with_the_list_of_before(demo: Demo) -> None:
    _pem_of_list(demo, "crl-before")
    judged = demo.openssl(
        "verify -x509_strict -crl_check -CAfile authority.pem -CRLfile crl-before.pem user.pem"
    )
    assert judged.returncode == 0, judged.stderr
    assert "OK" in judged.stdout


@pytest.mark.requirement("R3.2", "R3.3", "R4.1.2")
def test_openssl_refuses_it_with_the_list_of_after(demo: Demo) -> None:
    _pem_of_list(demo, "crl-after")
    judged = demo.openssl(
        "verify -x509_strict -crl_check -CAfile authority.pem -CRLfile crl-after.pem user.pem"
    )
    assert judged.returncode != 0
    assert "certificate revoked" in judged.stderr
    listed = demo.openssl("crl -in crl-after.pem -noout -text").stdout
    serial = demo.openssl("x509 -in user.pem -noout -serial").stdout.strip().split("=")[1]
    assert f"Serial Number: {serial}" in listed
    assert "Cessation Of Operation" in listed


@pytest.mark.requirement("R2.5.1", "R2.5.2")
def test_an_independent_decoder_reads_the_four_attributes(demo: Demo, decoded: Decoded) -> None:
    (extension,) = [one for one in decoded["extensions"] if one["id"] == "2.5.29.17"]
    assert extension["critical"] is False
    module = asn1tools.compile_string(X509, "der")
    names = [value for _, value in module.decode("SubjectAltName", extension["value"])]
    assert [one["id"] for one in names] == IN_ORDER
    read = {one["id"].rsplit(".", 1)[1]: one["value"] for one in names}
    resident = _resident(demo)
    assert read["1"] == resident["name"]
    era, day = read["4"][0], read["4"][1:]
    assert day == resident["birth_date"].replace("-", "")
    assert era in "12345"
    assert read["3"] == resident["sex"]
    assert read["5"] == resident["address"]
    assert read["2"] == "0" * len(resident["name"])
    assert read["6"] == "0" * len(resident["address"])


@pytest.mark.requirement("R2.5.2")
def test_the_extensions_stand_in_their_order(decoded: Decoded) -> None:
    ids = [one["id"] for one in decoded["extensions"]]
    usual = [
        "2.5.29.15", "2.5.29.17", "2.5.29.32", "2.5.29.18",
        "2.5.29.31", "1.3.6.1.5.5.7.1.1", "2.5.29.35", "2.5.29.14",
    ]  # fmt: skip
    assert ids == [one for one in usual if one in ids]
    assert set(usual) - set(ids) <= {"1.3.6.1.5.5.7.1.1"}
    critical = {one["id"] for one in decoded["extensions"] if one["critical"]}
    assert critical == {"2.5.29.15", "2.5.29.32"}
    key, _ = decoded["key"]["key"]
    by_id = {one["id"]: one["value"] for one in decoded["extensions"]}
    assert by_id["2.5.29.14"] == b"\x04\x14" + hashlib.sha1(key).digest()  # noqa: S324


@pytest.mark.requirement("R2.5.6", "R9.1.1")
def test_it_holds_an_rsa_2048_key_for_three_years_to_the_end_of_the_day(demo: Demo) -> None:
    text = demo.openssl("x509 -in user.pem -noout -text -nameopt utf8,sep_comma_plus").stdout
    assert "Public-Key: (2048 bit)" in text
    assert "Signature Algorithm: sha256WithRSAEncryption" in text
    authority = demo.openssl("x509 -in authority.pem -noout -text").stdout
    assert "Public-Key: (2048 bit)" in authority
    certificate = x509.load_pem_x509_certificate((demo.folder / "user.pem").read_bytes())
    # It is backdated, over midnight perhaps; the days are counted from when it was issued.
    begin = certificate.not_valid_before_utc + AuthorityPolicy().validity.backdated
    end = certificate.not_valid_after_utc
    assert f"{end:%T}" == "14:59:59"
    assert 1095 <= (end - begin).days <= 1096


def test_pkilint_finds_nothing_that_is_not_explained(demo: Demo) -> None:
    for name in ("user", "authority"):
        demo.openssl(f"x509 -in {name}.pem -outform DER -out {name}.der")
        assert unexplained(lint_certificate((demo.folder / f"{name}.der").read_bytes())) == []
    for name in ("crl-before", "crl-after"):
        assert unexplained(lint_crl((demo.folder / f"{name}.der").read_bytes())) == []


def test_gnutls_accepts_the_chain(demo: Demo) -> None:
    judged = subprocess.run(
        ["certtool", "--verify", "--load-ca-certificate", "authority.pem", "--infile", "user.pem"],
        cwd=demo.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert judged.returncode == 0, judged.stdout
    assert "Verified. The certificate is trusted." in judged.stdout


def _pem_of_list(demo: Demo, name: str) -> None:
    assert demo.openssl(f"crl -inform DER -in {name}.der -out {name}.pem").returncode == 0


def _resident(demo: Demo) -> dict[str, str]:
    register = (demo.folder / "installation" / "register.csv").read_text(encoding="utf-8")
    columns, *rows = [line.split(",") for line in register.splitlines()]
    resident = next(row for row in rows if row[1] == "13101")
    return dict(zip(columns, resident, strict=True))
