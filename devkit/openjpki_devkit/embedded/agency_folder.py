"""The usual verifier's folder as its program wants it (`openjpki.client.folder`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomli_w
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate

from openjpki.client.folder import SETTINGS
from openjpki.rpc.identity.private_files import write_public
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.usual_verifier import VERIFIER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from openjpki_devkit.embedded.layout import Layout, Ports


def agency_folder(layout: Layout) -> Path:
    """Where it is: beside the verifier's TLS files."""
    return layout.credentials(PeerRole.VERIFIER, VERIFIER).certificate.parent


def write_agency_folder(
    layout: Layout, ocsp: Ports, authorities: Mapping[str, Sequence[bytes]]
) -> None:
    """Says where status is served and whom to trust.

    ``authorities``: each generation's certificate by id, X.509 DER, as an agreement would hand
    them over.
    """
    folder = agency_folder(layout)
    (folder / "authorities").mkdir(exist_ok=True)
    tables = {}
    for authority_id, ders in authorities.items():
        file = f"authorities/{authority_id}.pem"
        write_public(folder / file, b"".join(map(_pem, ders)))
        tables[authority_id] = {"certificates": file}
    settings = {"endpoint": f"127.0.0.1:{ocsp.rpc}", "authorities": tables}
    write_public(folder / SETTINGS, tomli_w.dumps(settings).encode())


def _pem(der: bytes) -> bytes:
    return load_der_x509_certificate(der).public_bytes(Encoding.PEM)
