"""Taking up, after this database was brought back from a backup, what ca issued and revoked since.

Without it a window would not find a certificate that it handed out, and could not have it revoked.
What the applicant had stated is gone with the database: the application is kept without it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import NameOID

from openjpki.domain.handed_over import IssuedSince, Issuer, RevokedSince
from openjpki.domain.serial import serial_to_bytes
from openjpki.domain.stated_time import moment
from openjpki.domain.window import OfficerId, SubjectCommonName
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.journal import APPLICATION_REGAINED, REVOCATION_REGAINED
from openjpki.storage.registration import applications, issuers
from openjpki.storage.registration.applications import Regained
from openjpki.x509.der import UNREADABLE
from openjpki.x509.foreign.reading import read_certificate
from openjpki.x509.foreign.stated import is_issued_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from openjpki.domain.handed_over import HandedOver
    from openjpki.signer_core import PathCertificate
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.transaction import Transaction

_FIELD = "issued"
NOBODY = OfficerId("restored")
"""Who took an application that is known from its certificate alone."""


@dataclass(slots=True)
class Outcome:
    """What was taken up."""

    regained: int = 0
    """Certificates."""
    revoked: int = 0
    """Revocations."""


def take_up(
    database: Database, journal: Journal, lines: Iterable[HandedOver], *, actor: str, at: datetime
) -> Outcome:
    """Enter what ca knows, all of it or nothing; what is here already is left alone.

    ``actor``: who did it, for the journal. Raises ``PROFILE_MISMATCH`` for a certificate that none
    of the issuers signed.
    """
    told = list(lines)
    signers = [read_certificate(one.certificate) for one in told if isinstance(one, Issuer)]
    regained = [_regained(one, signers) for one in told if isinstance(one, IssuedSince)]
    revoked = {one.serial: one for one in told if isinstance(one, RevokedSince)}

    def enter(tx: Transaction) -> Outcome:
        outcome = Outcome()
        # A person's older certificate ends first: the place is for the one that came after it.
        for one in revoked.values():
            outcome.revoked += _end(tx, journal, one, actor, at)
        for new in regained:
            if applications.regain(tx, new, issuers.keep(tx, new.issuer)):
                outcome.regained += 1
                journal.append(
                    tx,
                    APPLICATION_REGAINED,
                    stream=new.municipality_code,
                    actor=actor,
                    subject=new.application_id,
                    details={"serial": new.serial.hex()},
                    at=at,
                    not_after=new.not_after,
                )
        for one in revoked.values():
            outcome.revoked += _end(tx, journal, one, actor, at)
        return outcome

    return database.run(enter)


def _end(tx: Transaction, journal: Journal, one: RevokedSince, actor: str, at: datetime) -> bool:
    """Enter a revocation; False without such a certificate, or where it is entered."""
    found = applications.live_by_serial(tx, one.serial)
    if found is None or found.issued is None:
        return False
    applications.end_life(tx, found.application_id, one.revoked_at)
    journal.append(
        tx,
        REVOCATION_REGAINED,
        stream=found.municipality_code,
        actor=actor,
        subject=found.application_id,
        details={"serial": one.serial.hex()},
        at=at,
        not_after=found.issued.not_after,
    )
    return True


def _regained(source: IssuedSince, signers: Sequence[PathCertificate]) -> Regained:
    try:
        read = read_certificate(source.certificate, field=_FIELD)
        signer = next(one for one in signers if is_issued_by(read, one))
        # One of ours: what its profile has in the name may be looked for.
        certificate = x509.load_der_x509_certificate(source.certificate)
        (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        window = SubjectCommonName.parse(str(name.value)).window
    except (*UNREADABLE, StopIteration, OpenJpkiError):
        raise OpenJpkiError(
            Reason.PROFILE_MISMATCH,
            "holds a certificate that none of its issuers made",
            field=_FIELD,
        ) from None
    return Regained(
        application_id=source.application_id,
        municipality_code=source.municipality.code,
        window_id=window.text,
        person_reference=source.person_reference,
        officer=NOBODY,
        at=moment(read.not_before),
        key_fingerprint=hashlib.sha256(read.public_key).digest(),
        issuer=signer.octets,
        serial=serial_to_bytes(read.serial),
        not_after=moment(read.not_after),
    )
