"""Values of the command line, read once."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from cryptography.hazmat.primitives import serialization

from openjpki.cli.reading import octets_of
from openjpki.config.clock import SystemClock
from openjpki.domain.authority import AuthorityId, AuthorityKind, all_authority_ids
from openjpki.domain.characters import Substitute
from openjpki.domain.person import BirthDate, written_birth_date
from openjpki.domain.window import JAPAN
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.foreign.reading import first_certificate
from openjpki.x509.pem import REQUEST, REVOCATION_LIST, contents, der_of, is_pem, unarmoured

if TYPE_CHECKING:
    from collections.abc import Iterable

PublishedOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--list",
        exists=True,
        dir_okay=False,
        help="Revocation lists that were published, as verifiers have them: DER, or PEM of "
        "several; may be given often.",
    ),
]


def serial_number(text: str) -> bytes:
    """Hexadecimal, as certificates are printed. Raises ``INVALID_FIELD``."""
    try:
        return bytes.fromhex(text)
    except ValueError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be hexadecimal digits", field="serial"
        ) from error


def authority_id(text: str) -> AuthorityId:
    """An authority's id; a prefecture's number alone, ``13``, is short for ``signing-13``.

    Raises ``INVALID_FIELD``.
    """
    signing = f"{AuthorityKind.SIGNING}-{text}"
    short = signing in map(str, all_authority_ids())
    return AuthorityId.parse(signing if short else text, field="authority")


def birth_date_option(text: str) -> BirthDate:
    """A date of birth as people write it. Raises as `written_birth_date`."""
    today = SystemClock().now().astimezone(JAPAN).date()
    return written_birth_date(text, today=today, field="--birth-date")


def substitute(text: str) -> Substitute:
    """``POSITION=CHARACTER``: what is to stand for a character that a certificate can't hold.

    Raises ``INVALID_FIELD``; whether it may stand there, the service says.
    """
    position, sign, character = text.partition("=")
    if not (sign and character and position.isascii() and position.isdigit()):
        raise OpenJpkiError(
            Reason.INVALID_FIELD, "must be POSITION=CHARACTER, as 1=高", field="substitute"
        )
    return Substitute(int(position), character)


def certificate_file(path: Path, option: str) -> bytes:
    """A certificate's DER from a PEM or DER file, as the services will read it. Raises
    ``MALFORMED_DER`` naming the option and the file."""
    try:
        return first_certificate(octets_of(path), field=option).octets
    except (OSError, OpenJpkiError) as error:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "must be a file with a certificate", field=option, file=str(path)
        ) from error


def request_file(path: Path) -> bytes:
    """What a PEM or DER file of a PKCS#10 request holds, unread: the service it is for reads it.

    Raises ``MALFORMED_DER`` for PEM without one.
    """
    return der_of(octets_of(path), REQUEST, field="--request")


def list_files(paths: Iterable[Path], option: str) -> list[bytes]:
    """The revocation lists in files, DER of one or PEM of several, unread: whoever they are for
    reads them.

    Raises ``MALFORMED_DER`` naming the file of PEM without one, or with one whose armour is broken:
    that may be the one that says who was revoked.
    """
    found: list[bytes] = []
    for path in paths:
        octets = octets_of(path)
        try:
            found += _lists_of(octets, option) if is_pem(octets) else [octets]
        except OpenJpkiError as error:
            error.metadata["file"] = str(path)
            raise
    return found


def list_file(path: Path, option: str) -> bytes:
    """The only revocation list in a file. Raises ``MALFORMED_DER``."""
    found = list_files([path], option)
    if len(found) != 1:
        raise OpenJpkiError(
            Reason.MALFORMED_DER, "is not PEM of one revocation list", field=option, file=str(path)
        )
    return found[0]


def _lists_of(pem: bytes, option: str) -> list[bytes]:
    found = [unarmoured(held, field=option) for held in contents(pem, REVOCATION_LIST)]
    if not found:
        raise OpenJpkiError(Reason.MALFORMED_DER, "is not PEM of a revocation list", field=option)
    return found


def to_pem(der: bytes) -> bytes:
    """A certificate as a text file."""
    return ssl.DER_cert_to_PEM_cert(der).encode("ascii")


def public_key_pem(spki_der: bytes) -> bytes:
    """A public key as a text file."""
    return serialization.load_der_public_key(spki_der).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
