"""Settings that are missing or out of range are named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.choose_backend import KeySettings, choose_backend

SOFTWARE = KeySettings("software", directory=Path("keys"), passphrase_file=Path("passphrase"))
TOKEN_LABEL = "authorities"  # noqa: S105 - a name
PKCS11 = KeySettings(
    "pkcs11", module_path=Path("module.so"), token_label=TOKEN_LABEL, pin_file=Path("pin")
)


@pytest.mark.parametrize(
    ("settings", "field", "value"),
    [
        (SOFTWARE, "directory", None),
        (SOFTWARE, "passphrase_file", None),
        (SOFTWARE, "gathering", -0.001),
        (SOFTWARE, "gathering", 1.5),
        (SOFTWARE, "lanes", "always"),
        (PKCS11, "module_path", None),
        (PKCS11, "token_label", None),
        (PKCS11, "pin_file", None),
        (PKCS11, "sessions", 0),
        (PKCS11, "wait_seconds", 0.0),
        (PKCS11, "kind", "hsm"),
    ],
)
def test_the_setting_at_fault_is_named(settings: KeySettings, field: str, value: Any) -> None:
    with pytest.raises(OpenJpkiError) as caught:
        choose_backend(replace(settings, **{field: value}))
    assert (caught.value.reason, caught.value.field) == (Reason.INVALID_FIELD, field)


def test_a_device_is_not_spoken_to_before_it_is_needed(tmp_path: Path) -> None:
    backend = choose_backend(replace(PKCS11, module_path=tmp_path / "not-there.so"))
    backend.close()
