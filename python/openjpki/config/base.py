"""What the settings of every service have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from openjpki.config.address import Address
from openjpki.config.parts import LimitsPart, LogPart, ServicePart, TlsPart

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS = frozenset(
    {"service", "tls", "log", "database", "keys", "lease", "registration", "ca", "ocsp", "bridge"}
)
"""Of the settings of all services: what stands before the first ``__`` of a variable."""


class ServiceSettings(BaseSettings):
    """Read by :func:`openjpki.config.loading.load_settings`: the environment goes before the
    file, the file before the defaults."""

    model_config = SettingsConfigDict(
        env_prefix="OPENJPKI_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        nested_model_default_partial_update=True,
    )

    service: ServicePart
    tls: TlsPart
    log: LogPart = LogPart()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The file's content comes as arguments; no other places are looked at."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings


def listening(port: int, limits: LimitsPart | None = None) -> ServicePart:
    """The default of a service: loopback, three ports in a row."""
    main, health, metrics = _ports(port)
    return ServicePart(
        listen=main, health_listen=health, metrics_listen=metrics, limits=limits or LimitsPart()
    )


def _ports(first: int) -> Sequence[Address]:
    return [Address.of("127.0.0.1", first + offset) for offset in range(3)]
