"""Delta lists, judged with their complete ones by programs that others wrote, at the moment of the
examples of docs/profile.md."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.x509.crl.check import CrlFacts, check_crl
from openjpki.x509.crl.encoding import (
    CrlProfile,
    Revocation,
    RevocationColumns,
    make_crl,
    make_delta,
)
from scripts import generate_profile_examples as maker
from tests.support.openssl import openssl
from tests.support.profile_document import example

AUTHORITY, USER = example("authority.pem"), example("user.pem")
KEY = maker.ExampleKey.of("authority 1").core
BASE = check_crl(example("users.crl"), AUTHORITY)
MADE = BASE.this_update + timedelta(hours=1)
ASKED = int((MADE + timedelta(minutes=10)).timestamp())
JUDGE = f"verify -attime {ASKED} -crl_check -CAfile authority.pem"


def delta(base: CrlFacts = BASE, *, revokes: bool = True) -> bytes:
    """Made an hour after the complete list, which has not the user."""
    serial = x509.load_der_x509_certificate(USER).serial_number
    profile = CrlProfile(
        number=base.number + 1,
        this_update=MADE,
        next_update=MADE + timedelta(hours=2),
        scope_der=BASE.scope_der or b"",
    )
    columns = RevocationColumns.of([Revocation(serial, MADE, 1)] if revokes else [])
    return make_delta(profile, columns, AUTHORITY, KEY, base=base)[0]


def complete(serial: int) -> bytes:
    """The complete list again, with somebody on it."""
    profile = CrlProfile(
        number=BASE.number,
        this_update=BASE.this_update,
        next_update=BASE.next_update,
        scope_der=BASE.scope_der or b"",
        freshest_der=BASE.freshest_der,
    )
    columns = RevocationColumns.of([Revocation(serial, BASE.this_update, 1)])
    return make_crl(profile, columns, AUTHORITY, KEY)[0]


class Judges:
    """Programs, and what they are told by."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, der in (("authority.pem", AUTHORITY), ("user.pem", USER)):
            pem = x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
            (folder / name).write_bytes(pem)

    def openssl(self, options: str, *lists: bytes) -> str:
        """What it says of the user, by these lists."""
        pem = [x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in lists]
        (self.folder / "lists.pem").write_bytes(b"".join(pem))
        done = openssl(self.folder, f"{JUDGE} {options} -CRLfile lists.pem user.pem")
        if done.returncode == 0:
            return "good"
        return "revoked" if "certificate revoked" in done.stderr else done.stderr

    def java(self, *lists: bytes) -> str:
        """The same."""
        program = shutil.which("java")
        if program is None:
            pytest.skip("there is no java")
        names = [f"{place}.crl" for place in range(len(lists))]
        for name, der in zip(names, lists, strict=True):
            (self.folder / name).write_bytes(der)
        source = str(Path(__file__).parent / "JudgeByLists.java")
        done = subprocess.run(
            [program, source, str(ASKED), "authority.pem", "user.pem", *names],
            cwd=self.folder, capture_output=True, text=True, check=True, timeout=120,
        )  # fmt: skip
        return done.stdout.strip()


@pytest.fixture
def judges(tmp_path: Path) -> Judges:
    return Judges(tmp_path)


@pytest.mark.requirement("R4.1.2")
def test_openssl_uses_them_as_rfc_5280_says(judges: Judges) -> None:
    base = example("users.crl")
    deltas = "-extended_crl -use_deltas"
    assert judges.openssl(deltas, base) == "good"
    assert judges.openssl(deltas, base, delta()) == "revoked"
    assert judges.openssl(deltas, base, delta(revokes=False)) == "good"
    # Who does not ask for them is where he was.
    assert judges.openssl("-extended_crl", base, delta()) == "good"
    # Of a later base it goes with no earlier complete list.
    assert judges.openssl(deltas, base, delta(replace(BASE, number=BASE.number + 5))) == "good"
    # Who is on the complete one stays revoked, whoever is not on the other.
    serial = x509.load_der_x509_certificate(USER).serial_number
    assert judges.openssl(deltas, complete(serial), delta(revokes=False)) == "revoked"


def test_openssl_takes_one_for_complete_where_it_knows_no_extended_lists(judges: Judges) -> None:
    """docs/status.md warns of it: never hand it a delta list without -extended_crl."""
    assert judges.openssl("", delta(revokes=False)) == "good"
    assert judges.openssl("-extended_crl", delta(revokes=False)) not in {"good", "revoked"}


def test_java_uses_none_and_goes_on_with_the_complete_one(judges: Judges) -> None:
    serial = x509.load_der_x509_certificate(USER).serial_number
    assert judges.java(example("users.crl"), delta()) == "GOOD"
    assert judges.java(complete(serial), delta(revokes=False)) == "REVOKED"
    assert judges.java(delta()) == "UNDETERMINED_REVOCATION_STATUS"
