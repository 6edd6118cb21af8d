"""The folder in which an agency keeps all that its client needs.

=====================  ============================================================
``agency.toml``        where the status service is, and whom to trust
``tls.crt`` (PEM)      the verifier's own certificate of the mesh, leaf first
``tls.key`` (PEM)      its key: PKCS#8, unencrypted, mode 0600
``ca.crt`` (PEM)       the mesh authorities whose services to speak to
=====================  ============================================================

::

    endpoint = "status.example:8443"
    lists = "lists"                               # may be left out: lists are kept in memory

    [authorities.signing-13]
    certificates = "authorities/signing-13.pem"   # self-signed, every generation; in this folder
    policy = "1.2.392.200149.8.5.1.1.10"          # may be left out: any policy

In ``lists``, a folder in this one, revocation lists are kept for when the status service is away.
The authorities' certificates are got out of band, never from a message. The three
TLS files may be renewed while the client runs.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from openjpki.client.authorities import TrustedAuthority
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import TlsFiles

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = "agency.toml"


@dataclass(frozen=True, slots=True)
class AgencyFolder:
    """What a folder says."""

    endpoint: str
    """The status service, ``host:port``."""
    credentials: TlsFiles
    authorities: tuple[TrustedAuthority, ...]
    """Every generation of every authority."""
    lists: Path | None
    """Where revocation lists are kept."""


def read_folder(folder: Path) -> AgencyFolder:
    """Reads and checks all but the TLS files, which are read when the client connects.

    Raises ``INVALID_FIELD`` naming the file and the entry, and what
    :meth:`~openjpki.client.authorities.TrustedAuthority.load` raises.
    """
    settings = _parsed(folder / SETTINGS)
    unknown = sorted(set(settings) - {"endpoint", "authorities", "lists"})
    if unknown:
        raise _refused(unknown[0], "is no entry of this file")
    endpoint = settings.get("endpoint")
    if not isinstance(endpoint, str) or not endpoint:
        raise _refused("endpoint", "must be the status service's host:port")
    lists = settings.get("lists")
    if lists is not None and (not isinstance(lists, str) or not lists):
        raise _refused("lists", "must be the name of a folder")
    tables = settings.get("authorities")
    if not isinstance(tables, dict) or not tables:
        raise _refused("authorities", "must name at least one authority to trust")
    trusted = tuple(
        generation for name, table in tables.items() for generation in _read(folder, name, table)
    )
    kept = None if lists is None else folder / lists
    return AgencyFolder(endpoint, TlsFiles.in_folder(folder), trusted, kept)


def _read(folder: Path, name: str, table: Any) -> list[TrustedAuthority]:
    entry = f"authorities.{name}"
    if not isinstance(table, dict) or not {"certificates"} <= set(table) <= {
        "certificates",
        "policy",
    }:
        raise _refused(entry, "must have certificates, may have policy, and nothing else")
    file, policy = table["certificates"], table.get("policy")
    if not isinstance(file, str) or not isinstance(policy, str | None):
        raise _refused(entry, "must be texts")
    try:
        generations = x509.load_pem_x509_certificates((folder / file).read_bytes())
    except OSError as error:
        raise _refused(entry, f"{file} can't be read ({error.strerror})") from None
    except ValueError:
        raise _refused(entry, f"{file} holds no certificates in PEM") from None
    return [
        TrustedAuthority.load(name, each.public_bytes(Encoding.DER), policy_oid=policy)
        for each in generations
    ]


def _parsed(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"can't be read ({error.strerror})", field=str(file)
        ) from None
    except ValueError as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, f"is no TOML: {error}", field=str(file)) from None


def _refused(entry: str, rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=f"{SETTINGS}: {entry}")
