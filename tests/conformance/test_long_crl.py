"""A list of more than 16 MB, whose lengths take four octets, read and verified by openssl."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from openjpki.signer_core import SoftwareKey
from openjpki.x509.crl.encoding import Revocation, RevocationColumns, make_crl
from tests.support.compiled_key import CompiledKey
from tests.support.crl_samples import chiyoda_list, tokyo_certificate
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2025, 4, 1, tzinfo=UTC)
ENTRIES = 340_000
"""Of 53 octets each."""
FIRST = 1 << 157


def test_openssl_reads_and_verifies_a_long_list(tmp_path: Path) -> None:
    key = CompiledKey(SoftwareKey.generate(2048))
    issuer = tokyo_certificate(key, NOW)
    authority = x509.load_der_x509_certificate(issuer)
    (tmp_path / "ca.pem").write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    profile = replace(chiyoda_list(NOW), number=255)
    columns = RevocationColumns.of(
        Revocation(FIRST + number, NOW - timedelta(seconds=number), 1) for number in range(ENTRIES)
    )
    der, facts = make_crl(profile, columns, issuer, key.core)
    (tmp_path / "list.crl").write_bytes(der)
    assert len(der) > 1 << 24
    assert facts.entries == ENTRIES

    verified = openssl(tmp_path, "crl -inform DER -in list.crl -noout -CAfile ca.pem -crlnumber")
    assert verified.returncode == 0, verified.stderr
    assert "verify OK" in verified.stderr
    assert "crlNumber=0xFF" in verified.stdout

    read = openssl(tmp_path, "crl -inform DER -in list.crl -noout -text")
    serials = re.findall(r"Serial Number: ([0-9A-F]+)", read.stdout)
    assert len(serials) == ENTRIES
    assert all(int(found, 16) == FIRST + at for at, found in enumerate(serials))
    assert read.stdout.count("Key Compromise") == ENTRIES
