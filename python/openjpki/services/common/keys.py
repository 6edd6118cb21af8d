"""Opening a service's keys, and making the one its authority begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.choose_backend import KeySettings, choose_backend

if TYPE_CHECKING:
    from openjpki.config.parts import KeysPart
    from openjpki.keys.port import KeyBackend, SigningKey


def open_keys(part: KeysPart) -> KeyBackend:
    """The backend of a service's settings.

    Raises as :func:`openjpki.keys.choose_backend.choose_backend`.
    """
    return choose_backend(KeySettings(**part.model_dump()))


def make_or_take_up(backend: KeyBackend, label: str, bits: int) -> SigningKey:
    """A new key, or the one that an attempt made which ended before its certificate was kept.

    For a label of which the caller knows that nothing has it. Raises ``KEY_EXISTS`` for a key of
    another size, and what the device raises.
    """
    try:
        return backend.generate(label, bits)
    except OpenJpkiError as error:
        if error.reason is not Reason.KEY_EXISTS:
            raise
    key = backend.open(label)
    if key.bits != bits:
        raise OpenJpkiError(Reason.KEY_EXISTS, "a key of another size has the label", key=label)
    return key
