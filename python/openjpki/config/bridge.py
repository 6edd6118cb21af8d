"""Settings of the bridge service."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from openjpki.config.address import Address
from openjpki.config.base import ServiceSettings, listening
from openjpki.config.parts import (
    ANSWERS_KEPT,
    AnswersKept,
    DatabasePart,
    KeysPart,
    LeasePart,
    LimitsPart,
    Part,
    ServicePart,
)
from openjpki.domain.policy import NamePolicy

_USUAL = NamePolicy()


class BridgePart(Part):
    """Whom it asks, and how its own authority lives. Times in seconds."""

    ca: Address = Address("localhost:7110")
    """The ca service."""
    policy_oid: Annotated[str, Field(pattern=r"^[0-2](\.[0-9]{1,20}){1,30}$")] = (
        "1.3.6.1.4.1.32473.8.2.1"
    )
    """The service bridge's own policy; under the enterprise number for examples (RFC 5612) until
    an operator has its own."""
    organization: str = Field(default=_USUAL.organization, min_length=1, max_length=64)
    """O of the service bridge's name."""
    organization_japanese: str = Field(
        default=_USUAL.organization_japanese, min_length=1, max_length=64
    )
    """O of its Japanese name, in the alternative name."""
    key_bits: Literal[2048, 3072, 4096] = 2048
    """Of the service bridge's key, when it is made."""
    make_key: bool = True
    """Whether a first start makes the key and its self-signed certificate. Off where a ceremony
    makes them: the service then waits for them."""
    crl_period: int = Field(default=86_400, ge=1, le=7 * 86_400)
    """From one authority revocation list to the next."""
    crl_next_update: int = Field(default=172_800, ge=2, le=14 * 86_400)
    """From thisUpdate to nextUpdate."""
    refresh_interval: int = Field(default=300, ge=1, le=86_400)
    """From one look at the ca service's authorities and their lists to the next."""
    answers_kept: AnswersKept = ANSWERS_KEPT

    @property
    def names(self) -> NamePolicy:
        """Whose the service bridge is."""
        return NamePolicy(self.organization, self.organization_japanese)

    @model_validator(mode="after")
    def _lists_overlap(self) -> BridgePart:
        if self.crl_next_update <= self.crl_period:
            raise ValueError("crl_next_update must be longer than crl_period")
        return self


class BridgeSettings(ServiceSettings):
    """``OPENJPKI_BRIDGE__CA``, ``OPENJPKI_KEYS__KIND``, …"""

    service: ServicePart = listening(
        7130,
        # A partner hands in lists of up to 1 MiB: fewer callers, who may each send more.
        LimitsPart(max_request=(1 << 20) + (1 << 16), max_calls=256, max_calls_each=32),
    )
    database: DatabasePart
    keys: KeysPart
    """The service bridge's key."""
    lease: LeasePart = LeasePart()
    bridge: BridgePart = BridgePart()
