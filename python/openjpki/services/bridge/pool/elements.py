"""The elements of the pool as they are kept, each with what the reader says of it.

One that can't be read is left out of everything built from the pool, and never ends it for the
others: it may have entered before the reader became what it is, or under another release.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from openjpki.domain.generation import ANCHORS
from openjpki.errors import OpenJpkiError
from openjpki.services.common.left_out import tell_left_out
from openjpki.signer_core import PathCertificate, PathRevocationList
from openjpki.storage.bridge import (
    authority_lists,
    crosses,
    numberings,
    pool,
    pool_lists,
    service_bridge,
)
from openjpki.storage.bridge.kinds import State
from openjpki.storage.kernel.unreadable import Unreadable, not_readable
from openjpki.x509.foreign.reading import read_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from openjpki.services.bridge.pool.known_lists import KnownLists
    from openjpki.storage.bridge.authority_lists import OwnList
    from openjpki.storage.bridge.pool_lists import KeptList
    from openjpki.storage.kernel.transaction import Reading

ReadT = TypeVar("ReadT", PathCertificate, PathRevocationList)
GivenT = TypeVar("GivenT")


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
    sha256: bytes
    """Of its DER."""
    partner_id: str = ""
    """Who handed it in."""
    read: PathCertificate | PathRevocationList | None
    """None where it can't be read."""
    fault: str = ""
    """The rule it breaks, where it can't be read."""


def elements_of(tx: Reading, known: KnownLists, *, at: datetime | None = None) -> Iterator[Element]:
    """Every element that paths are built from, by kind and origin; ``at``: with the lists of that
    time in place of the newest."""
    yield from certificates_of(tx)
    yield from newest_lists(tx, known) if at is None else lists_of_time(tx, known, at)


def certificates_of(tx: Reading) -> Iterator[Element]:
    """Every certificate, by origin."""
    authorities = [
        one.certificate for one in pool.governors(tx, left_out=tell_left_out) if one.is_anchor
    ]
    known = service_bridge.all_of(tx, left_out=tell_left_out)
    own = [one for one in known if one.state in ANCHORS]
    authorities += [one.certificate for one in own]
    for der in authorities:
        yield _certificate(der, ElementOrigin.AUTHORITY)
    for der in crosses.certificates(tx, State.ISSUED, left_out=tell_left_out):
        yield _certificate(der, ElementOrigin.CROSS_CERTIFICATION)
    for submitted in pool.submitted(tx, left_out=tell_left_out):
        yield _certificate(submitted.der, ElementOrigin.SUBMITTED, submitted.partner_id)


def newest_lists(tx: Reading, known: KnownLists) -> Iterator[Element]:
    """The newest list of each issuer and scope."""
    for generation in _own_generations(tx):
        own = authority_lists.newest(tx, generation, left_out=tell_left_out)
        if own is not None:
            yield _own_list(known, own)
    for kept in pool_lists.newest(tx, left_out=tell_left_out):
        yield _kept_list(tx, known, kept)


def lists_of_time(tx: Reading, known: KnownLists, at: datetime) -> Iterator[Element]:
    """The lists of each issuer and scope that were valid at a time, superseded or not."""
    for generation in _own_generations(tx):
        own = authority_lists.of_time(tx, generation, at, left_out=tell_left_out)
        if own is not None:
            yield _own_list(known, own)
    for kept in pool_lists.of_time(tx, at, left_out=tell_left_out):
        yield _kept_list(tx, known, kept)


def lists_of_numberings(
    tx: Reading, known: KnownLists, beside: Iterable[Element]
) -> Iterator[Element]:
    """The lists from which on numbers count anew, and those that they replaced: a path says that it
    rests on an accepted numbering where both are there.

    Only ``beside`` another list of the same issuer, key and scope, which then is the one that
    counts. Where that one can't be read, or was taken out, none of these takes its place: it may
    have held what they lack.
    """
    lists = [one.read for one in beside if isinstance(one.read, PathRevocationList)]
    led = {row_of(read) for read in lists if read.is_processed}
    for accepted in numberings.all_of(tx, left_out=tell_left_out):
        for sha256 in (accepted.sha256, accepted.replaced):
            if sha256 is None:
                continue
            kept = pool_lists.find(tx, sha256, left_out=tell_left_out)
            if kept is None:
                continue
            element = _kept_list(tx, known, kept)
            # What can't be read is told of, and is in no pool.
            if not isinstance(element.read, PathRevocationList) or row_of(element.read) in led:
                yield element


def row_of(read: PathRevocationList) -> tuple[object, ...]:
    """Issuer, key and scope: what lists have in common that take each other's place."""
    return read.issuer, read.key_identifier, read.row, read.is_delta


def _own_generations(tx: Reading) -> list[int]:
    known = service_bridge.all_of(tx, left_out=tell_left_out)
    return [one.generation for one in known if one.state in ANCHORS]


def _own_list(known: KnownLists, own: OwnList) -> Element:
    return _list(known, own.sha256, lambda: own.der, ElementOrigin.AUTHORITY)


def _kept_list(tx: Reading, known: KnownLists, kept: KeptList) -> Element:
    def fetch() -> bytes:
        return pool_lists.der_of(tx, kept.sha256) or b""

    return _list(known, kept.sha256, fetch, ElementOrigin.SUBMITTED, kept.partner_id or "")


def _certificate(der: bytes, origin: ElementOrigin, partner_id: str = "") -> Element:
    read, fault = _read(read_certificate, der)
    return Element(
        kind=ElementKind.CERTIFICATE,
        origin=origin,
        sha256=hashlib.sha256(der).digest(),
        partner_id=partner_id,
        read=read,
        fault=fault,
    )


def _list(
    known: KnownLists,
    sha256: bytes,
    fetch: Callable[[], bytes],
    origin: ElementOrigin,
    partner_id: str = "",
) -> Element:
    read, fault = _read(partial(known.get, sha256), fetch)
    return Element(
        kind=ElementKind.REVOCATION_LIST,
        origin=origin,
        sha256=sha256,
        partner_id=partner_id,
        read=read,
        fault=fault,
    )


def _read(reader: Callable[[GivenT], ReadT], given: GivenT) -> tuple[ReadT | None, str]:
    try:
        return reader(given), ""
    except OpenJpkiError as error:
        return None, error.message


def readable(certificates: Iterable[bytes]) -> list[PathCertificate]:
    """Those of ``certificates`` (X.509 DER) that can be read. The others are told of where the
    pool is read."""
    found = (_read(read_certificate, der)[0] for der in certificates)
    return [one for one in found if one is not None]


def authorities_here(tx: Reading) -> list[PathCertificate]:
    """Every generation of the service bridge and of the governors, also those that have ended and
    those that ca lists no more. Raises ``STORED_UNREADABLE``: what were left out might be whose
    name somebody else uses."""
    known = [
        *(
            ("service_bridge", str(one.generation), one.certificate)
            for one in service_bridge.all_of(tx)
        ),
        *(
            ("governors", f"{one.authority_id}/{one.generation}", one.certificate)
            for one in pool.governors(tx)
        ),
    ]
    found = []
    for table, key, der in known:
        try:
            found.append(read_certificate(der))
        except OpenJpkiError as error:
            raise not_readable(Unreadable.of(table, key, error)) from error
    return found
