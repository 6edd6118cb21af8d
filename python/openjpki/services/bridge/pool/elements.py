"""The elements of the pool as they are kept, each with what the reader says of it.

One that can't be read is left out of everything built from the pool, and never ends it for the
others: it may have entered before the reader became what it is, or under another release.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from openjpki.domain.generation import ANCHORS
from openjpki.errors import OpenJpkiError
from openjpki.services.bridge.pool.reading import read_certificate, read_list
from openjpki.signer_core import PathCertificate, PathRevocationList
from openjpki.storage.bridge import authority_lists, crosses, pool, service_bridge
from openjpki.storage.bridge.kinds import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from openjpki.storage.kernel.transaction import Reading

ReadT = TypeVar("ReadT", PathCertificate, PathRevocationList)


class ElementKind(Enum):
    """What an element is."""

    CERTIFICATE = "certificate"
    REVOCATION_LIST = "revocation_list"


class ElementOrigin(Enum):
    """Where an element comes from."""

    AUTHORITY = "authority"
    """The ca service, or the service bridge."""
    CROSS_CERTIFICATION = "cross_certification"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One certificate or list, DER."""

    kind: ElementKind
    origin: ElementOrigin
    der: bytes
    partner_id: str = ""
    """Who handed in a certificate."""
    read: PathCertificate | PathRevocationList | None
    """None where it can't be read."""
    fault: str = ""
    """The rule it breaks, where it can't be read."""

    @property
    def sha256(self) -> bytes:
        """Of ``der``."""
        return hashlib.sha256(self.der).digest()


def elements_of(tx: Reading) -> Iterator[Element]:
    """Every element, by origin and kind."""
    authorities = [one.certificate for one in pool.governors(tx) if one.is_anchor]
    own = [one for one in service_bridge.all_of(tx) if one.state in ANCHORS]
    authorities += [one.certificate for one in own]
    for der in authorities:
        yield _certificate(der, ElementOrigin.AUTHORITY)
    for one in own:
        newest = authority_lists.newest(tx, one.generation)
        if newest is not None:
            yield _list(newest.der, ElementOrigin.AUTHORITY)
    for der in crosses.certificates(tx, State.ISSUED):
        yield _certificate(der, ElementOrigin.CROSS_CERTIFICATION)
    for submitted in pool.submitted(tx):
        yield _certificate(submitted.der, ElementOrigin.SUBMITTED, submitted.partner_id)
    for kept in pool.lists(tx):
        yield _list(kept.der, ElementOrigin.SUBMITTED)


def _certificate(der: bytes, origin: ElementOrigin, partner_id: str = "") -> Element:
    read, fault = _read(read_certificate, der)
    return Element(
        kind=ElementKind.CERTIFICATE,
        origin=origin,
        der=der,
        partner_id=partner_id,
        read=read,
        fault=fault,
    )


def _list(der: bytes, origin: ElementOrigin) -> Element:
    read, fault = _read(read_list, der)
    return Element(kind=ElementKind.REVOCATION_LIST, origin=origin, der=der, read=read, fault=fault)


def _read(reader: Callable[[bytes], ReadT], der: bytes) -> tuple[ReadT | None, str]:
    try:
        return reader(der), ""
    except OpenJpkiError as error:
        return None, error.message


def readable(certificates: Iterable[bytes]) -> list[PathCertificate]:
    """Those of ``certificates`` (X.509 DER) that can be read. The others are told of where the
    pool is read."""
    found = (_read(read_certificate, der)[0] for der in certificates)
    return [one for one in found if one is not None]


def authorities_here(tx: Reading) -> list[PathCertificate]:
    """Every generation of the service bridge and of the governors, also those that have ended."""
    own = [one.certificate for one in service_bridge.all_of(tx)]
    return readable([*own, *(one.certificate for one in pool.governors(tx))])
