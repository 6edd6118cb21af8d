"""Opening a service's keys, and making the one its authority begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.choose_backend import KeySettings, choose_backend
from openjpki.signer_core import lanes
from openjpki.telemetry.metrics import set_lanes

if TYPE_CHECKING:
    from openjpki.config.parts import KeysPart
    from openjpki.keys.port import KeyBackend, SigningKey


def open_keys(part: KeysPart) -> KeyBackend:
    """The backend of a service's settings; with software keys, what signatures cost is measured
    first, so that no caller waits for that.

    Raises as :func:`openjpki.keys.choose_backend.choose_backend`.
    """
    backend = choose_backend(KeySettings(**part.model_dump()))
    if part.kind == "software":
        chosen = lanes()
        wait = chosen.wait if part.gathering is None else part.gathering
        set_lanes(chosen.smallest_group, wait, chosen.measured)
    return backend


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
