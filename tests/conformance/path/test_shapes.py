"""Paths made to be costly are answered, whatever the answer, and right where there is one."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_crl

from openjpki_devkit.forge.certificates import Certificate, RevocationList, entry
from openjpki_devkit.forge.shapes import SHAPES
from tests.support.path_asking import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openjpki_devkit.forge.shape import Shape
    from tests.support.path_asking import PathBatch

ENTRIES = 100_000


def pem(ders: Sequence[bytes]) -> bytes:
    """All in one."""
    written = []
    for der in ders:
        try:
            written.append(load_der_x509_crl(der).public_bytes(Encoding.PEM))
        except ValueError:
            body = base64.encodebytes(der).decode()
            written.append(
                f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n".encode()
            )
    return b"".join(written)


def asked(title: str, shape: Shape) -> Asked:
    return Asked(
        id=title,
        target=shape.target,
        anchors=[shape.anchor],
        # One file, as a line has not room for the names of thousands.
        pool=[pem(shape.pool)],
        policies=shape.policies,
        explicit_policy=shape.explicit_policy,
        revocation=shape.revocation,
    )


@pytest.mark.parametrize("title", SHAPES)
def test_answered(batch: PathBatch, title: str) -> None:
    shape = SHAPES[title]()
    said = batch.ask([asked(title, shape)])[title]
    assert said.verdict in {"accept", "reject"}
    if shape.accepted is not None:
        assert said.accepted is shape.accepted, said


def test_a_long_list_asked_about_a_hundred_times(batch: PathBatch) -> None:
    revoked = [entry(1 << 70 | place) for place in range(ENTRIES)]
    lists = [RevocationList(issuer="R").make(), RevocationList(issuer="A", revoked=revoked).make()]
    anchor = Certificate(subject="R", issuer="R", ca=True).make()
    middle = Certificate(subject="A", issuer="R", ca=True).make()
    questions = {}
    for number in range(100):
        # Every fourth is an entry of the list.
        serial = 1 << 70 | number * 997 if number % 4 == 0 else 1 << 71 | number
        target = Certificate(subject=f"E{number}", issuer="A", serial=serial).make()
        questions[f"{number}"] = Asked(
            id=f"{number}", target=target, anchors=[anchor], pool=[middle, *lists], revocation=True
        )
    answers = batch.ask(questions.values())
    for number in range(100):
        said = answers[f"{number}"]
        assert said.accepted is (number % 4 != 0), said
        assert said.reason == (None if number % 4 else "revoked")
