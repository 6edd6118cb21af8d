"""Writes each service's settings file; the same settings an operator would write by hand."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import tomli_w

from openjpki.rpc.identity.private_files import write_private
from openjpki.rpc.identity.roles import PeerRole
from openjpki_devkit.embedded.layout import SERVICES, TRUST_DOMAIN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from openjpki.config.parts import Pkcs11KeysPart
    from openjpki_devkit.embedded.layout import Layout, Ports


def write_settings(
    layout: Layout, ports: Mapping[PeerRole, Ports], authority_keys: Pkcs11KeysPart | None
) -> None:
    """Writes all settings files and the secrets they name that do not exist yet.

    ``authority_keys``: the device with the authorities' keys; ``None`` for encrypted files.
    """
    for service in SERVICES:
        folder = layout.service(service)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tables = _common(layout, service, ports[service])
        tables |= _OWN[service](layout, ports)
        if service is PeerRole.CA and authority_keys is not None:
            tables["keys"] = authority_keys.model_dump(mode="json")
        layout.settings(service).write_text(tomli_w.dumps(tables), encoding="utf-8")


def _common(layout: Layout, service: PeerRole, ports: Ports) -> dict[str, dict[str, object]]:
    files = layout.credentials(service)
    return {
        "service": {
            "listen": f"127.0.0.1:{ports.rpc}",
            "health_listen": f"127.0.0.1:{ports.health}",
            "metrics_listen": f"127.0.0.1:{ports.metrics}",
        },
        "tls": {
            "certificate": str(files.certificate),
            "private_key": str(files.private_key),
            "trust_bundle": str(files.trust_bundle),
            "trust_domain": TRUST_DOMAIN,
        },
        "database": {"url": f"sqlite:///{layout.service(service) / 'database.sqlite'}"},
    }


def _software_keys(layout: Layout, service: PeerRole) -> dict[str, object]:
    folder = layout.service(service)
    passphrase = folder / "passphrase"
    _secret(passphrase)
    return {
        "kind": "software",
        "directory": str(folder / "keys"),
        "passphrase_file": str(passphrase),
    }


def _ca_address(ports: Mapping[PeerRole, Ports]) -> str:
    return f"127.0.0.1:{ports[PeerRole.CA].rpc}"


def _registration(layout: Layout, ports: Mapping[PeerRole, Ports]) -> dict[str, dict[str, object]]:
    folder = layout.service(PeerRole.REGISTRATION)
    person_key = folder / "person.key"
    _secret(person_key)
    return {
        "registration": {
            "ca": _ca_address(ports),
            "person_key_file": str(person_key),
            "receipt_keys": str(layout.receipt_keys),
            "resident_register": {"url": f"sqlite:///{folder / 'register.sqlite'}"},
        }
    }


def _ca(layout: Layout, ports: Mapping[PeerRole, Ports]) -> dict[str, dict[str, object]]:
    del ports
    keys = _software_keys(layout, PeerRole.CA)
    return {
        "keys": keys,
        "ca": {
            # Benchmarks issue in a minute what a prefecture does in a month.
            "issue_limits": dict.fromkeys(
                ("caller_hour", "caller_day", "municipality_hour", "municipality_day"), 10_000_000
            ),
            "receipt_key": {
                "kind": "file",
                "file": str(layout.service(PeerRole.CA) / "receipt.pem"),
                "passphrase_file": keys["passphrase_file"],
            },
        },
    }


def _ocsp(layout: Layout, ports: Mapping[PeerRole, Ports]) -> dict[str, dict[str, object]]:
    own = ports[PeerRole.OCSP]
    return {
        "keys": _software_keys(layout, PeerRole.OCSP),
        "ocsp": {
            "ca": _ca_address(ports),
            "http_listen": f"127.0.0.1:{own.http}",
            "https_listen": f"127.0.0.1:{own.https}",
        },
    }


def _bridge(layout: Layout, ports: Mapping[PeerRole, Ports]) -> dict[str, dict[str, object]]:
    return {
        "keys": _software_keys(layout, PeerRole.BRIDGE),
        "bridge": {"ca": _ca_address(ports)},
    }


_OWN = {
    PeerRole.REGISTRATION: _registration,
    PeerRole.CA: _ca,
    PeerRole.OCSP: _ocsp,
    PeerRole.BRIDGE: _bridge,
}


def _secret(path: Path) -> None:
    if not path.exists():
        write_private(path, secrets.token_urlsafe(32).encode())
