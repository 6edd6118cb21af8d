"""The settings file of a service that a test runs as a process, as an operator would write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.config.parts import DatabasePart, KeysPart, TlsPart


def write_service_settings(
    file: Path,
    *,
    tls: TlsPart,
    database: DatabasePart,
    keys: KeysPart | None = None,
    listen: str = "127.0.0.1:0",
    own: str = "",
) -> Path:
    """What every service has, then its ``own`` sections, in TOML; returns the file.

    ``keys``: those in files, of a service that has keys.
    """
    file.write_text(
        f"""
[service]
listen = "{listen}"
health_listen = "127.0.0.1:0"
metrics_listen = "127.0.0.1:0"

[tls]
certificate = "{tls.certificate}"
private_key = "{tls.private_key}"
trust_bundle = "{tls.trust_bundle}"
trust_domain = "{tls.trust_domain}"

[database]
url = "{database.read_url()}"
{"" if keys is None else _keys(keys)}{own}""",
        encoding="utf-8",
    )
    return file


def _keys(keys: KeysPart) -> str:
    assert keys.kind == "software"
    return f"""
[keys]
kind = "software"
directory = "{keys.directory}"
passphrase_file = "{keys.passphrase_file}"
"""
