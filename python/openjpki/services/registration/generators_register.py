"""The registered key generators (鍵ペアの生成装置) of the windows, kept as officers' registers are.

One operator of the registration service proposes a device by its key, another approves; either
suspends it at once (R2.3.1b).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.domain.officers import Officer, OfficerRole
from openjpki.errors import OpenJpkiError, Reason
from openjpki.services.common.officers.context import OfficersContext

if TYPE_CHECKING:
    from openjpki.services.registration.context import RegistrationContext
    from openjpki.storage.kernel.transaction import Reading


def generators_register(registration: RegistrationContext) -> OfficersContext:
    """Of every municipality that the service serves."""
    return OfficersContext(
        service="registration",
        database=registration.database,
        clock=registration.clock,
        journal=registration.journal,
        requests=registration.requests,
        require_place=_require_place,
    )


def _require_place(_tx: Reading, officer: Officer) -> None:
    if officer.role is not OfficerRole.KEY_GENERATOR:
        raise OpenJpkiError(
            Reason.OFFICER_OUT_OF_SCOPE,
            "is no key generator; officers are enrolled at ca and at the bridge",
            field="presented.officer",
        )
