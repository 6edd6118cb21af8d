"""An officer at work: states something now, and signs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openjpki.domain.evidence import Occasion, OfficerKeyPresented, OfficerSignature
from openjpki.evidence import cose

if TYPE_CHECKING:
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.domain.evidence import Statement
    from openjpki.domain.officers import Officer
    from openjpki.evidence.statement_key import StatementKey


@dataclass(frozen=True, slots=True)
class OfficerSigner:
    """Who signs, with which key, by which clock. A request is sent like this::

    occasion = signer.occasion(request_id)
    statement = IdentityChecked(occasion=occasion, ...)
    signature = signer.sign(statement, occasion)
    """

    officer: Officer
    key: StatementKey
    clock: Clock

    def occasion(self, request_id: str, at: datetime | None = None) -> Occasion:
        """States something in that request (UUID in lower case), now unless ``at`` says when."""
        moment = self.clock.now() if at is None else at
        return Occasion(
            officer=self.officer,
            request_id=request_id,
            signed_at=moment.replace(microsecond=0),
        )

    def sign(self, statement: Statement, occasion: Occasion) -> OfficerSignature:
        """What goes beside the request; the statement is built on that occasion.

        Raises what the key raises.
        """
        return OfficerSignature(
            occasion=occasion,
            key_sha256=self.key.public_key.sha256,
            signature=cose.sign(statement, self.key),
        )

    def present_key(self, service: str, request_id: str) -> OfficerSignature:
        """Asks ``ca`` or ``bridge`` to know the officer by this key."""
        occasion = self.occasion(request_id)
        statement = OfficerKeyPresented(
            occasion=occasion, service=service, key_sha256=self.key.public_key.sha256
        )
        return self.sign(statement, occasion)
