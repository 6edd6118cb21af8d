"""Which list a user's certificate is on, as the certificate itself says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from openjpki.services.common.left_out import tell_left_out
from openjpki.services.common.stored_generations import DIFFERS
from openjpki.storage.kernel.unreadable import Unreadable
from openjpki.x509.crl.partitions import partition_named

if TYPE_CHECKING:
    from openjpki.storage.ca.certificates import CertificateRecord


def as_certified(found: CertificateRecord) -> CertificateRecord:
    """A user's certificate with the partition that verifiers read in it: its revocation is to be on
    that list, whatever its row says by now. A row that says otherwise is told of."""
    named = partition_named(found.certificate, found.serial)
    if named is None or named == found.partition:
        return found
    key = f"{found.authority_id}/{found.serial.hex()}"
    tell_left_out(Unreadable("certificates", key, DIFFERS))
    return replace(found, partition=named)
