"""`openjpki verifier enrol`: a verifier's key for the mesh, and the request to certify it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from openjpki.cli import output
from openjpki.cli.reading import octets_of
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.peer import spiffe_id
from openjpki.rpc.identity.private_files import write_private_once, write_public
from openjpki.rpc.identity.roles import PeerRole

_ID = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
"""As the contracts have it (``registered_id``)."""


def enrol(
    verifier: Annotated[str, typer.Argument(help="Verifier id, e.g. tax-office.")],
    trust_domain: Annotated[
        str, typer.Option("--trust-domain", help="The mesh's name, as its operators say it.")
    ],
    to: Annotated[
        Path,
        typer.Option("--to", exists=True, file_okay=False, help="Folder for tls.key and tls.csr."),
    ],
) -> None:
    """On the verifier's machine: make its key for the mesh, and the request for a certificate."""
    name = _name(verifier, trust_domain)
    key_file, request_file = to / "tls.key", to / "tls.csr"
    if request_file.exists() and key_file.exists():
        raise OpenJpkiError(Reason.KEY_EXISTS, "has a key, and none is written over", field="--to")
    # The key first: a run that was killed then has made a key, and the next one requests for it.
    key = _key(key_file)
    alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(name)])
    request = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(x509.Name([]))
        # Critical, as the subject is empty (RFC 5280 4.2.1.6).
        .add_extension(alternative, critical=True)
        .sign(key, hashes.SHA256())
    )
    write_public(request_file, request.public_bytes(Encoding.PEM))
    output.emit({"spiffe_id": name, "key_file": str(key_file), "request": str(request_file)})


def _key(key_file: Path) -> ec.EllipticCurvePrivateKey:
    """A new one, or whichever is there by then. Raises ``KEY_EXISTS`` for one of another kind."""
    made = ec.generate_private_key(ec.SECP256R1())
    # As TLS libraries and the mesh take it: not encrypted, and nobody else's to read.
    plain = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    if write_private_once(key_file, plain):
        return made
    try:
        found = load_pem_private_key(octets_of(key_file), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        found = None
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise OpenJpkiError(
            Reason.KEY_EXISTS, "has a key of another kind, and none is written over", field="--to"
        )
    return found


def _name(verifier: str, trust_domain: str) -> str:
    """Raises ``INVALID_FIELD``."""
    if not _ID.fullmatch(verifier):
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            "must be 2 to 63 lower-case letters, digits and hyphens, not beginning with a hyphen",
            field="VERIFIER",
        )
    return spiffe_id(trust_domain, PeerRole.VERIFIER, verifier)
