"""`openjpki serve SERVICE`: one service by its settings, as production runs it."""

from __future__ import annotations

from enum import StrEnum
from importlib import import_module, metadata
from pathlib import Path
from typing import Annotated, Protocol, cast

import typer

from openjpki.cli.asked_to_stop import AskedToStop
from openjpki.cli.begun import require_begun
from openjpki.cli.garbage_collection import freeze_what_is_loaded, without_garbage_collection
from openjpki.cli.lazy_command import DEVKIT
from openjpki.cli.open_files import allow_open_files
from openjpki.config.base import ServiceSettings
from openjpki.config.bridge import BridgeSettings
from openjpki.config.ca import CaSettings
from openjpki.config.clock import SystemClock
from openjpki.config.loading import load_settings
from openjpki.config.ocsp import HTTP_CONNECTIONS, OcspSettings
from openjpki.config.registration import RegistrationSettings
from openjpki.domain.clock import Clock
from openjpki.errors import OpenJpkiError, Reason
from openjpki.rpc.identity.roles import PeerRole
from openjpki.telemetry.logging import configure_logging
from openjpki.telemetry.metrics import set_build_info

_SETTINGS: dict[
    PeerRole, type[RegistrationSettings | CaSettings | OcspSettings | BridgeSettings]
] = {
    PeerRole.REGISTRATION: RegistrationSettings,
    PeerRole.CA: CaSettings,
    PeerRole.OCSP: OcspSettings,
    PeerRole.BRIDGE: BridgeSettings,
}


class ServiceName(StrEnum):
    """A service that runs by itself."""

    REGISTRATION = "registration"
    CA = "ca"
    OCSP = "ocsp"
    BRIDGE = "bridge"


class _Service(Protocol):
    def start(self) -> None: ...
    def stop(self) -> None: ...


class _ServiceModule(Protocol):
    def build(self, settings: ServiceSettings, clock: Clock) -> _Service: ...


ServiceArgument = Annotated[ServiceName | None, typer.Argument(help="Which service to run.")]
SettingsOption = Annotated[
    Path | None,
    typer.Option("--settings", help="The service's TOML file; OPENJPKI_… variables go before it."),
]


def serve(service: ServiceArgument = None, settings: SettingsOption = None) -> None:
    """Run a service, or a whole installation to play with until Ctrl-C."""
    if service is None:
        raise OpenJpkiError(
            Reason.INVALID_FIELD,
            f"name one of {', '.join(ServiceName)}; a whole installation to play with comes with "
            f"{DEVKIT}, which is not installed here",
            field="service",
        )
    serve_one(service, settings)


def serve_one(service: ServiceName, settings_file: Path | None) -> None:
    """Runs a service by its settings until it is asked to end (SIGTERM, SIGINT)."""
    role = PeerRole(service)
    settings = load_settings(_SETTINGS[role], settings_file)
    require_begun(settings.database, role.value)
    if isinstance(settings, RegistrationSettings):
        register = settings.registration.resident_register
        require_begun(register, "resident_register", field="registration.resident_register")
    configure_logging(role.value, level=settings.log.level)
    set_build_info(role.value, metadata.version("openjpki"))
    connections = settings.service.limits.max_connections
    if isinstance(settings, OcspSettings):
        # What a connection's calls are handed on over has two ends in this process.
        connections = 3 * connections + HTTP_CONNECTIONS
    allow_open_files(connections)
    stopping = AskedToStop()
    # Only the service asked for is imported: a process holds no code of another's.
    with without_garbage_collection():
        module = cast("_ServiceModule", import_module(f"openjpki.services.{role.value}.service"))
        running = module.build(settings, SystemClock())
    freeze_what_is_loaded()
    running.start()
    stopping.wait()
    running.stop()
