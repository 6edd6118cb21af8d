"""Which certificate an application is to replace: none, or of a renewal the one that lives (R2.7).

What the person has is looked for by the person, never by a number that somebody typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.application_kind import ApplicationKind
from openjpki.domain.municipality import Municipality
from openjpki.domain.renewal import renewable_from, require_renewable
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.registration.applications.live_certificate import is_live
from openjpki.services.registration.authority import authority_of
from openjpki.storage.registration import applications

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.transaction import Transaction
    from openjpki.storage.registration.applications import ApplicationRecord, NewApplication


def to_replace(
    registration: RegistrationContext,
    municipality: Municipality,
    person_reference: bytes,
    kind: ApplicationKind,
) -> bytes | None:
    """Serial number of the certificate that is replaced; None of a first issue.

    Raises ``LIVE_CERTIFICATE_EXISTS`` for a first issue to who has one that lives, and for a
    renewal of what another authority issued, which ends that itself; ``NOTHING_TO_RENEW``,
    ``RENEWAL_TOO_EARLY``; ``SERVICE_UNAVAILABLE`` where the authority can't be asked.
    """
    with registration.database.reading() as tx:
        found = applications.live_of(tx, person_reference)
    if found is None or not is_live(registration, found) or found.issued is None:
        if kind is ApplicationKind.RENEWAL:
            raise _nothing_to_renew()
        return None
    if kind is ApplicationKind.FIRST_ISSUE:
        raise _live_exists(registration, found)
    if authority_of(Municipality(found.municipality_code)) != authority_of(municipality):
        raise OpenJpkiError(
            Reason.LIVE_CERTIFICATE_EXISTS,
            "the person's certificate is of another authority: it is revoked there, not renewed",
            field="kind",
        )
    require_renewable(
        found.issued.not_after, registration.rules.renewal_months, registration.clock.now()
    )
    return found.issued.serial


def require_still(registration: RegistrationContext, tx: Transaction, new: NewApplication) -> None:
    """That what was found a moment ago is what the person has. Raises as :func:`to_replace`."""
    found = applications.live_of(tx, new.person_reference)
    serial = None if found is None or found.issued is None else found.issued.serial
    if serial == new.renews:
        return
    if found is None:
        raise _nothing_to_renew()
    raise _live_exists(registration, found)


def _live_exists(
    registration: RegistrationContext, application: ApplicationRecord
) -> OpenJpkiError:
    """Says from which day on it can be renewed."""
    issued = application.issued
    named = {}
    if issued is not None:
        first = renewable_from(issued.not_after, registration.rules.renewal_months)
        named["renewable_from"] = first.isoformat()
    return OpenJpkiError(
        Reason.LIVE_CERTIFICATE_EXISTS,
        "the person has a certificate that is neither revoked nor expired",
        **named,
    )


def _nothing_to_renew() -> OpenJpkiError:
    return OpenJpkiError(
        Reason.NOTHING_TO_RENEW, "the person has no certificate that lives", field="kind"
    )
