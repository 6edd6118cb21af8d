"""What revocation lists that are kept say of a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.client.kept_deltas import goes_onto
from openjpki.client.kept_list import CLOCKS_DIFFER
from openjpki.client.status import CRL_REASONS, ListedStatus, ToldStatus
from openjpki.domain.certificate_status import CertificateStatus
from openjpki.domain.clock import MOST_BACKDATED
from openjpki.domain.stated_time import moment
from openjpki.errors import OpenJpkiError, Reason
from openjpki.x509.crl.partitions import partition_of

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from openjpki.client.authorities import TrustedAuthority
    from openjpki.client.kept_list import KeptList
    from openjpki.client.kept_lists import KeptLists
    from openjpki.client.list_set import ListSet
    from openjpki.x509.crl.partitions import Partition


def look_up(
    kept: KeptLists,
    certificate: x509.Certificate,
    issuer: TrustedAuthority,
    now: datetime,
    *,
    offline: bool = False,
    within: ListSet | None = None,
) -> ToldStatus:
    """What a list says. ``within``: a set that it must be of, or have come after.

    A list that was made before the certificate says nothing of it, though RFC 5280 would take it:
    nothing that was ever heard speaks for such a certificate. It was made later than its notBefore
    says, unless it begins with its issuer: by as much as an authority's policy may say, which an
    agency does not know. Raises ``FEED_NOT_READY`` without one that can speak of this certificate
    now, and says why.
    """
    partition = partition_of(certificate)
    if partition is None:
        raise _nothing("the certificate names no partition, so no list speaks of it")
    of = partition.text
    found = kept.find(issuer.certificate, partition)
    delta = None if found is None else _delta_of(kept, issuer, partition, found)
    if found is not None and delta is not None and not goes_onto(delta, found):
        # Who fills the folder writes the list first: it may be there by now.
        found = kept.find(issuer.certificate, partition)
    if found is None:
        raise _nothing(f"there is no list of partition {of}")
    facts = found.facts
    if now >= facts.next_update:
        raise _nothing(f"the list of partition {of} was in force until {facts.next_update:%F %T}Z")
    if now < facts.this_update - CLOCKS_DIFFER:
        raise _nothing(f"the list of partition {of} is of the future: {facts.this_update:%F %T}Z")
    delta = _delta_of(kept, issuer, partition, found)
    number = certificate.serial_number
    if delta is not None and within is None and _names(delta, number):
        # Whom it names is revoked for good, also once it is over.
        return _told(delta, delta, number, offline=offline, within=within)
    goes_with = delta is not None and goes_onto(delta, found)
    newest = delta if delta is not None and goes_with and delta.is_in_force(now) else found
    issued = certificate.not_valid_before_utc
    if issued > issuer.certificate.not_valid_before_utc:
        issued += MOST_BACKDATED
    if newest.facts.this_update < issued:
        raise _nothing(f"the list of partition {of} may be older than the certificate")
    if within is not None:
        within.require(found, issuer, partition.text)
    told = _told(found, newest, number, offline=offline, within=within)
    if told.status is CertificateStatus.GOOD and delta is not None:
        told = _told(delta, newest, number, offline=offline, within=within)
        if told.status is CertificateStatus.GOOD and not goes_with:
            # What was revoked up to its base may be in neither (RFC 5280 6.3.3 (c)).
            raise _nothing(f"there is a later delta list of partition {of}, of another list")
    if told.status is CertificateStatus.GOOD and _is_doubted(
        kept, found, certificate, issuer, partition, now
    ):
        raise _nothing(
            f"a later list of partition {of} can't be used, and says that the certificate is"
            " revoked"
        )
    return told


def _delta_of(
    kept: KeptLists, issuer: TrustedAuthority, partition: Partition, found: KeptList
) -> KeptList | None:
    """One that came later than the list."""
    delta = None if kept.deltas is None else kept.deltas.find(issuer.certificate, partition)
    if delta is None or delta.facts.number <= found.facts.number:
        return None
    return delta


def _names(kept: KeptList, number: int) -> bool:
    return kept.entries.entry_of(_content(number)) is not None


def _nothing(why: str) -> OpenJpkiError:
    return OpenJpkiError(Reason.FEED_NOT_READY, why, field="lists")


def _is_doubted(
    kept: KeptLists,
    found: KeptList,
    certificate: x509.Certificate,
    issuer: TrustedAuthority,
    partition: Partition,
    now: datetime,
) -> bool:
    """Whether a later list says that it is revoked, which may not be used for what else it says."""
    doubt = kept.in_doubt(issuer.certificate, partition)
    return (
        doubt is not None
        and doubt.facts.number > found.facts.number
        and doubt.is_in_force(now)
        and doubt.entries.entry_of(_content(certificate.serial_number)) is not None
    )


def _told(
    kept: KeptList, newest: KeptList, serial_number: int, *, offline: bool, within: ListSet | None
) -> ToldStatus:
    """``newest``: by which it is good, where it is not on the list."""
    set_of = None if within is None else within.made_at
    entry = kept.entries.entry_of(_content(serial_number))
    facts = newest.facts if entry is None else kept.facts
    source = ListedStatus(facts.number, facts.this_update, facts.next_update, offline, set_of)
    if entry is None:
        return ToldStatus(CertificateStatus.GOOD, 0, None, source)
    revoked_at, reason = entry
    reason = reason if reason in CRL_REASONS else 0
    return ToldStatus(CertificateStatus.REVOKED, reason or 0, moment(revoked_at), source)


def _content(number: int) -> bytes:
    """Content octets of its INTEGER."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True)
