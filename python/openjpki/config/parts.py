"""The parts that settings of several services share. All are frozen and refuse unknown names."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from openjpki.closed_file import OpenToOthersError, read_closed
from openjpki.config.address import Address
from openjpki.errors import OpenJpkiError, Reason

TRUST_DOMAIN = r"^[a-z0-9]([a-z0-9._-]{0,253}[a-z0-9])?$"


class Part(BaseModel):
    """One group of settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class LimitsPart(Part):
    """What one server takes on; see ``openjpki.rpc.server.server.ServerLimits``."""

    max_request: int = Field(default=1 << 18, ge=1024, le=64 << 20)
    """Octets. So much memory each call that is let in may take before it is looked at."""
    max_response: int = Field(default=8 << 20, ge=1024, le=256 << 20)
    """Octets."""
    threads: int = Field(default=16, ge=1, le=512)
    """Calls at work at once."""
    caller_share: float = Field(default=0.75, gt=0, le=1)
    """Of ``threads``: the most that the calls of one caller (SPIFFE id) take at once."""
    operator_share: float = Field(default=0.125, ge=0, le=0.5)
    """Of ``threads``, ``max_calls`` and ``max_streams``: kept for operators."""
    newcomer_share: float = Field(default=0.125, ge=0, le=0.5)
    """Of ``max_calls`` and ``max_streams``: kept for callers who have next to nothing of them."""
    max_streams: int = Field(default=256, ge=1, le=4096)
    max_streams_each: int = Field(default=64, ge=1, le=4096)
    """One caller's, of every method that answers in a stream."""
    max_calls: int = Field(default=1024, ge=1, le=8192)
    """Each may hold a thread until its message is there."""
    max_calls_each: int = Field(default=128, ge=1, le=8192)
    """One caller's."""
    message_patience: float = Field(default=10.0, gt=0, le=60)
    """Seconds for a call's message to arrive."""
    deadline_cap: float = Field(default=60.0, gt=0, le=3600)
    """Seconds."""
    connection_age: float = Field(default=3600.0, ge=10, le=86_400)
    """Seconds."""
    connection_age_grace: float = Field(default=120.0, ge=1, le=86_400)
    """Seconds."""
    connection_idle: float = Field(default=900.0, ge=10, le=86_400)
    """Seconds."""
    max_connections: int = Field(default=4096, ge=1, le=100_000)
    handshake: float = Field(default=10.0, ge=1, le=120)
    """Seconds."""
    drain: float = Field(default=10.0, ge=0, le=600)
    """Seconds."""


class ServicePart(Part):
    """Where a service listens. Loopback unless told otherwise."""

    listen: Address
    """gRPC with mutual TLS."""
    health_listen: Address
    """gRPC health, plaintext: for probes only."""
    metrics_listen: Address
    """Prometheus, plaintext: for the monitoring only."""
    limits: LimitsPart = LimitsPart()
    reflection: bool = True
    """Whether peers of the mesh may read the contracts from the service itself."""
    deny_list_max_age: float = Field(default=3600.0, ge=10, le=86_400)
    """Seconds for which the list of denied credentials read last, and ocsp's registry, is gone by
    while the database is away; after that nobody is served."""


class LeasePart(Part):
    """Which instance of the service this is, among those that share its authorities."""

    instance: str | None = Field(
        default=None, pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$"
    )
    """Its name, no other instance's: a pod's. Default: the host's name and the port."""
    address: Address | None = None
    """Where the other services reach this very instance, not one of several. Default: where it
    listens, by the host's name if that is every address."""
    host: str | None = None
    """Instead of it the host alone, by an address of either family as a pod is told its own
    (without brackets) or a name; the port is the one that it listens on."""
    duration: float = Field(default=3.0, ge=1, le=60)
    """Seconds after which others take over from an instance that is silent."""

    @field_validator("host")
    @classmethod
    def _host_of_an_address(cls, value: str | None) -> str | None:
        if value is not None:
            Address.of(value, 0)
        return value

    @model_validator(mode="after")
    def _not_both(self) -> LeasePart:
        if self.address is not None and self.host is not None:
            raise ValueError("address and host must not both be set")
        return self


class TlsPart(Part):
    """This service's credentials in the mesh; PEM files that may be replaced at any time."""

    certificate: Path
    """Chain, leaf first."""
    private_key: Path
    """PKCS#8, unencrypted; readable by the service only."""
    trust_bundle: Path
    """Authorities whose peers are known."""
    trust_domain: Annotated[str, Field(pattern=TRUST_DOMAIN)]


class DatabasePart(Part):
    """A database. The URL may hold a password: it is given as a file where possible."""

    url: SecretStr | None = None
    """``sqlite:///path`` or ``postgresql+psycopg://…``."""
    url_file: Path | None = None
    """A file with the URL on its first line, closed to other users."""
    connections: int = Field(default=24, ge=2, le=512)
    """At most so many of this instance at once, and as many are kept: a PostgreSQL server must have
    them for every instance. Fewer than calls at work make calls wait for each other."""

    @field_validator("url")
    @classmethod
    def _known_database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _check_url(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _one_of_both(self) -> DatabasePart:
        if (self.url is None) == (self.url_file is None):
            raise ValueError("exactly one of url and url_file must be set")
        return self

    def read_url(self) -> str:
        """The URL: a secret. Raises ``OSError``, ``SETTINGS_REFUSED`` (never quoting it)."""
        if self.url is not None:
            return self.url.get_secret_value()
        if self.url_file is None:
            raise ValueError("exactly one of url and url_file must be set")
        try:
            text = read_closed(self.url_file).decode().partition("\n")[0].strip()
            _check_url(text)
        except UnicodeDecodeError:
            raise self._refused("is no text") from None
        except (OpenToOthersError, ValueError) as error:
            raise self._refused(str(error)) from None
        return text

    def _refused(self, rule: str) -> OpenJpkiError:
        return OpenJpkiError(
            Reason.SETTINGS_REFUSED,
            f"{self.url_file}, the file of a database's URL, {rule}",
            field="url_file",
        )


class SoftwareKeysPart(Part):
    """Keys as PKCS#8 files encrypted under a passphrase: development, demo, responders."""

    kind: Literal["software"]
    directory: Path
    passphrase_file: Path
    gathering: float | None = Field(default=None, ge=0, le=1)
    """Seconds that a signature may wait for those other calls need, to be made with them; it does
    so only while several calls sign at the same time. Unless set, as long as is worth while by what
    signatures cost on this processor."""
    lanes: Literal["measured", "off"] = "measured"
    """Whether signatures are made together in a vector's lanes where that was measured to be sooner
    done, or never."""


class Pkcs11KeysPart(Part):
    """Keys on a PKCS#11 device."""

    kind: Literal["pkcs11"]
    module_path: Path
    """The device's library."""
    token_label: str = Field(min_length=1, max_length=32)
    pin_file: Path
    sessions: int = Field(default=8, ge=1, le=256)
    """Sessions kept open; as many signatures run at once."""


KeysPart = Annotated[SoftwareKeysPart | Pkcs11KeysPart, Field(discriminator="kind")]
"""Where keys live."""


AnswersKept = Annotated[int, Field(ge=86_400, le=3660 * 86_400)]
"""Seconds for which a mutating call that is repeated gets its first answer. After that it is
refused or answered from what it made; it never acts a second time."""
ANSWERS_KEPT = 30 * 86_400
"""Unless set otherwise."""


class LogPart(Part):
    """What is logged."""

    level: Literal["debug", "info", "warning", "error"] = "info"


def _check_url(url: str) -> None:
    if not url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
