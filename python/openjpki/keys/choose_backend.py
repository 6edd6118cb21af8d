"""Which backend the settings ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.pkcs11.backend import Pkcs11Backend
from openjpki.keys.secret import FileSecret
from openjpki.keys.software.backend import SoftwareBackend
from openjpki.signer_core import set_gathering, switch_lanes

if TYPE_CHECKING:
    from pathlib import Path

    from openjpki.keys.port import KeyBackend

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class KeySettings:
    """Where a service's keys are. Files with secrets are named here, never their content.

    ``software`` needs ``directory`` (created with mode 0700 when missing) and ``passphrase_file``;
    for the whole process, ``gathering`` is the seconds a signature may wait for other threads',
    ``None`` as long as is worth while, and ``lanes`` whether signatures are made together where
    that was measured to be sooner done, or never.
    ``pkcs11`` needs ``module_path`` (the vendor's library), ``token_label`` and ``pin_file``;
    ``sessions`` is the most it keeps open, ``wait_seconds`` the longest wait for a free one.
    """

    kind: Literal["software", "pkcs11"]
    directory: Path | None = None
    passphrase_file: Path | None = None
    gathering: float | None = None
    lanes: Literal["measured", "off"] = "measured"
    module_path: Path | None = None
    token_label: str | None = None
    pin_file: Path | None = None
    sessions: int = 4
    wait_seconds: float = 10.0


def choose_backend(settings: KeySettings) -> KeyBackend:
    """The backend of these settings.

    Raises ``INVALID_FIELD`` for a setting that is missing or out of range, and for software keys
    ``KEY_STORE_UNSAFE`` and ``KEY_DEVICE_UNAVAILABLE``. A device is first spoken to when it is
    first needed.
    """
    if settings.kind == "software":
        if settings.gathering is not None and not 0 <= settings.gathering <= 1:
            raise OpenJpkiError(Reason.INVALID_FIELD, "must be 0 to 1", field="gathering")
        if settings.lanes not in ("measured", "off"):
            raise OpenJpkiError(Reason.INVALID_FIELD, "must be measured or off", field="lanes")
        set_gathering(settings.gathering)
        switch_lanes(settings.lanes == "measured")
        return SoftwareBackend(
            _needed(settings.directory, "directory"),
            FileSecret(_needed(settings.passphrase_file, "passphrase_file")),
        )
    if settings.kind != "pkcs11":
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be software or pkcs11", field="kind")
    if settings.sessions < 1:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be at least 1", field="sessions")
    if settings.wait_seconds <= 0:
        raise OpenJpkiError(Reason.INVALID_FIELD, "must be above 0", field="wait_seconds")
    return Pkcs11Backend(
        _needed(settings.module_path, "module_path"),
        _needed(settings.token_label, "token_label"),
        FileSecret(_needed(settings.pin_file, "pin_file")),
        sessions=settings.sessions,
        wait_seconds=settings.wait_seconds,
    )


def _needed(value: _T | None, field: str) -> _T:
    if value is None:
        raise OpenJpkiError(Reason.INVALID_FIELD, "is needed for this kind of keys", field=field)
    return value
