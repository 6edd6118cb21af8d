"""Who listens at an address, asked only after a connection failed, to say why in words.

TLS refuses a server of another mesh, or another service of the same one, before a byte is sent, and
gRPC says no more of it than that the service is unavailable. What is read here is unproved: it goes
into a message for people and decides nothing.
"""

from __future__ import annotations

import socket
import ssl

from openjpki.errors import OpenJpkiError
from openjpki.rpc.identity.peer import read_certificate, trust_domain_of
from openjpki.rpc.identity.roles import PeerRole

SECONDS = 2.0


def explained(error: OpenJpkiError, target: str, trust_domain: str) -> OpenJpkiError:
    """The same refusal, with who listens at ``target`` where that is not the status service of
    ``trust_domain``."""
    pem = _certificate_at(target)
    if pem is None:
        return error
    try:
        domain = trust_domain_of(pem)
        role = read_certificate(pem, domain).identity.role
    except OpenJpkiError:
        return _told(error, "what listens there is no service of a mesh")
    if domain != trust_domain:
        return _told(
            error, f"the service there is of the mesh {domain}, your credentials of {trust_domain}"
        )
    if role is not PeerRole.OCSP:
        return _told(error, f"the service there is {role}, not the status service")
    return error


def _told(error: OpenJpkiError, who: str) -> OpenJpkiError:
    return OpenJpkiError(error.reason, f"{error.message}; " + who, field="endpoint")


def _certificate_at(target: str) -> bytes | None:
    host, _, port = target.rpartition(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Nothing is sent and nothing believed: the name in the certificate is all that is wanted.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host.strip("[]"), int(port)), SECONDS) as plain,
            context.wrap_socket(plain) as secured,
        ):
            der = secured.getpeercert(binary_form=True)
        return None if der is None else ssl.DER_cert_to_PEM_cert(der).encode()
    except (OSError, ValueError):
        return None
