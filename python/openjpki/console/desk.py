"""What an officer works with: the service, the key, and where they sit."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.api.registration.v1 import registration_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from openjpki.api.registration.v1.registration_pb2_grpc import WindowServiceStub
    from openjpki.client import TrustedAuthority
    from openjpki.domain.clock import Clock
    from openjpki.domain.municipality import Municipality
    from openjpki.evidence.officer_signer import OfficerSigner


@dataclass(frozen=True, slots=True)
class Desk:
    """One officer at one window."""

    service: WindowServiceStub
    signer: OfficerSigner
    municipality: Municipality
    window: str
    """Three digits and a letter."""
    clock: Clock
    font: Path
    """Of what is printed."""
    names_font: Path
    card: str | None = None
    """Label of the applicants' cards as PKCS#11 tokens; without one they have files."""
    card_module: Path | None = None
    authorities: Sequence[TrustedAuthority] = ()
    """Governors whose own certificate may be written to a card."""

    @property
    def account(self) -> str:
        """Who acts."""
        return self.signer.officer.account.text

    def application(self, application_id: str) -> pb.GetApplicationResponse:
        """Raises ``APPLICATION_NOT_FOUND``."""
        return self.service.GetApplication(
            pb.GetApplicationRequest(
                municipality_code=self.municipality.code, application_id=application_id
            )
        )

    def rules(self) -> pb.GetWindowRulesResponse:
        """What windows go by now."""
        return self.service.GetWindowRules(
            pb.GetWindowRulesRequest(municipality_code=self.municipality.code)
        )


def new_form_id() -> str:
    """Of a form that is shown: the id of the request that it will make."""
    return str(uuid.uuid4())
