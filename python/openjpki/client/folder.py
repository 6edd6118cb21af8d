"""The folder in which an agency keeps all that its client needs.

=====================  ============================================================
``agency.toml``        where the status service is, and whom to trust
``tls.crt`` (PEM)      the verifier's own certificate of the mesh, leaf first
``tls.key`` (PEM)      its key: PKCS#8, unencrypted; others have no right to it
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

Other people make the certificates, so one that can't be used ends nothing else: it is left out,
written to the log ``openjpki.agency`` and named in :attr:`AgencyFolder.left_out`. That trusts less,
never more: what it issued is not valid. ``agency.toml`` is the agency's own: refused as a whole.
"""

from __future__ import annotations

import logging
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openjpki.client.authorities import TrustedAuthority
from openjpki.domain.authority import AuthorityId
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.credentials import TlsFiles
from openjpki.x509.pem import CERTIFICATE, contents, unarmoured

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SETTINGS = "agency.toml"

_log = logging.getLogger("openjpki.agency")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A certificate of the folder that is not trusted, or a file of them."""

    authority: str
    """The entry that names it, as ``agency.toml`` writes it."""
    number: int
    """Which of the file's certificates, from 1; 0 for the file as a whole."""
    why: OpenJpkiError


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
    left_out: tuple[LeftOut, ...]
    """What could not be used, in the order of the entries."""


def read_folder(folder: Path) -> AgencyFolder:
    """Reads and checks all but the TLS files, which are read when the client connects.

    Raises ``INVALID_FIELD`` naming the file and the entry; and why the first certificate was left
    out, where none is left to trust.
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
    entries = [_entry(folder, name, table) for name, table in tables.items()]
    found = [each for entry in entries for each in _read(entry)]
    trusted = tuple(each for each in found if isinstance(each, TrustedAuthority))
    left_out = tuple(each for each in found if isinstance(each, LeftOut))
    if not trusted:
        raise left_out[0].why
    for one in left_out:
        _log.warning("certificate %d of %s left out: %s", one.number, one.authority, one.why)
    kept = None if lists is None else folder / lists
    return AgencyFolder(endpoint, TlsFiles.in_folder(folder), trusted, kept, left_out)


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    file: Path
    policy: str | None


def _entry(folder: Path, name: str, table: Any) -> _Entry:
    entry = f"authorities.{name}"
    if not isinstance(table, dict) or not {"certificates"} <= set(table) <= {
        "certificates",
        "policy",
    }:
        raise _refused(entry, "must have certificates, may have policy, and nothing else")
    file, policy = table["certificates"], table.get("policy")
    if not isinstance(file, str) or not isinstance(policy, str | None):
        raise _refused(entry, "must be texts")
    AuthorityId.parse(name)
    return _Entry(name, folder / file, policy)


def _read(entry: _Entry) -> Iterator[TrustedAuthority | LeftOut]:
    """Every generation, or why it is left out."""
    try:
        found = contents(entry.file.read_bytes(), CERTIFICATE)
    except OSError as error:
        rule = f"{entry.file.name} can't be read ({error.strerror})"
        yield LeftOut(entry.name, 0, _refused(f"authorities.{entry.name}", rule))
        return
    if not found:
        rule = f"{entry.file.name} holds no certificates in PEM"
        yield LeftOut(entry.name, 0, _refused(f"authorities.{entry.name}", rule))
    for number, held in enumerate(found, 1):
        try:
            der = unarmoured(held, field="authority")
            yield TrustedAuthority.load(entry.name, der, policy_oid=entry.policy)
        except OpenJpkiError as refusal:
            yield LeftOut(entry.name, number, refusal)


def _parsed(file: Path) -> dict[str, Any]:
    try:
        # Windows begins UTF-8 with a mark.
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise OpenJpkiError(
            Reason.INVALID_FIELD, f"can't be read ({error.strerror})", field=str(file)
        ) from None
    except (ValueError, RecursionError) as error:
        raise OpenJpkiError(Reason.INVALID_FIELD, f"is no TOML: {error}", field=str(file)) from None


def _refused(entry: str, rule: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.INVALID_FIELD, rule, field=f"{SETTINGS}: {entry}")
