"""What must never reach a log: personal data, secrets, and anything whose content is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

WITHHELD = "[withheld]"

PRIVATE_KEYS = frozenset(
    {
        # A person (R7.1).
        "name", "names", "birth_date", "sex", "address", "romanised_name", "attributes",
        "substitutions", "person", "person_reference", "resident", "applicant",
        # What identifies one: who asked about which certificate is not kept (R5.2.2).
        "serial", "serials", "certificate", "certificates", "certification_request", "csr",
        # Secrets.
        "passphrase", "password", "passwd", "pin", "secret", "token", "private_key", "key_pem",
        "authorization", "cookie", "url", "dsn", "database_url",
        # Whole messages.
        "request", "response", "message", "body", "payload", "parameters", "params", "row",
    }
)  # fmt: skip
"""Keys dropped from every log entry, at any depth, whatever they hold."""

MAX_TEXT = 1000
"""Characters of a logged text; what is longer is somebody's data, not an event."""


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The structlog processor: keeps plain facts, withholds everything else."""
    return {key: clean(key, value) for key, value in event.items()}


def clean(key: str, value: object) -> object:
    """One value as it may be logged."""
    if key.lower() in PRIVATE_KEYS:
        return WITHHELD
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value) if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}…"
    if isinstance(value, dict):
        return {str(inner): clean(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [clean(key, item) for item in value]
    # Octets, messages, domain objects: their text form may hold anything.
    return f"[{type(value).__name__} withheld]"
