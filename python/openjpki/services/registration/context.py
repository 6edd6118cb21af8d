"""What every use case of the registration service works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openjpki.domain.policy.window import WindowPolicy
from openjpki.domain.window_rules import WindowRules
from openjpki.errors import OpenJpkiError, Reason
from openjpki.storage.kernel.journal import SqlJournal
from openjpki.storage.kernel.requests import RequestKey, RequestLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from openjpki.domain.clock import Clock
    from openjpki.domain.evidence import OfficerSignature
    from openjpki.domain.municipality import Municipality
    from openjpki.domain.window import OfficerId
    from openjpki.services.registration.authority import CertificationAuthority
    from openjpki.services.registration.register.person_references import PersonReferences
    from openjpki.services.registration.register.resident_register import ResidentRegister
    from openjpki.storage.kernel.acts import Act, Value
    from openjpki.storage.kernel.database import Database
    from openjpki.storage.kernel.journal import Journal
    from openjpki.storage.kernel.transaction import Transaction


def no_completion() -> None:
    """Where nothing completes approvals that were left for later, or settles notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationContext:
    """Database, register, authority and time of one registration service."""

    database: Database
    register: ResidentRegister
    authority: CertificationAuthority
    references: PersonReferences
    clock: Clock
    policy: WindowPolicy = field(default_factory=WindowPolicy)
    journal: Journal = field(default_factory=SqlJournal)
    requests: RequestLog = field(default_factory=RequestLog)
    rules: WindowRules = field(default_factory=WindowRules)
    wake_completion: Callable[[], None] = no_completion
    """Told when an approval was left for later."""
    wake_notices: Callable[[], None] = no_completion
    """Told when change notices were taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCall:
    """A call of an officer: who, for which municipality, and which one of their calls."""

    request: RequestKey
    municipality: Municipality
    officer: OfficerId
    signature: OfficerSignature | None = None
    """Of the officer over what the call says, where the contract wants one."""

    @property
    def signed(self) -> OfficerSignature:
        """The signature of a call that has one."""
        if self.signature is None:
            raise OpenJpkiError(Reason.INTERNAL, "the call carries no officer's signature")
        return self.signature

    @property
    def method(self) -> str:
        """Name of the method alone."""
        return self.request.method.rpartition("/")[2]


def enter_in_journal(
    registration: RegistrationContext,
    tx: Transaction,
    call: WindowCall,
    act: Act,
    subject: str,
    at: datetime,
    details: Mapping[str, Value] | None = None,
    not_after: datetime | None = None,
) -> None:
    """Enter an act into the municipality's journal; the last thing a transaction does."""
    registration.journal.append(
        tx,
        act,
        stream=call.municipality.code,
        actor=call.request.caller,
        subject=subject,
        details=details or {},
        at=at,
        not_after=not_after,
    )
