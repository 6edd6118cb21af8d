"""Keys of software services, there before a service looks for the one its authority begins with.

To make one, and to encrypt and decrypt its file as strongly as real ones, takes a quarter of a
second of a processor, which most tests would spend at each start. That keys are made in earnest has
tests of its own (``contract/keys/``), and so has the first start (``faults/``,
``integration/journey/``).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from openjpki.keys.software import key_file
from openjpki.signer_core import SoftwareKey

if TYPE_CHECKING:
    from openjpki.config.parts import KeysPart

_ITERATIONS = 100_000
"""Of a key's encryption, the fewest there may be: what it protects is a test's."""


@cache
def key_named(label: str, bits: int = 2048) -> SoftwareKey:
    """The same key for the same label, as long as this process runs."""
    return SoftwareKey.generate(bits)


def put_key(part: KeysPart, label: str, key: SoftwareKey) -> None:
    """In the folder of these settings, unless a key of the label is there. A device makes its
    own."""
    if part.kind != "software":
        return
    folder = part.directory
    if folder.exists() and not folder.is_dir():
        # A test took the keys away.
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / (label.replace("/", ".") + ".pem")
    if not file.exists():
        key_file.write_new(file, _encrypted(key, part.passphrase_file.read_bytes().strip()))


@cache
def _encrypted(key: SoftwareKey, secret: bytes) -> bytes:
    return key.to_encrypted_pkcs8(secret, _ITERATIONS)
