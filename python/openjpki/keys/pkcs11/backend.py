"""Keys on one token of a PKCS#11 device."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openjpki.errors import OpenJpkiError, Reason
from openjpki.keys.key_errors import key_errors
from openjpki.keys.label import KeyLabel
from openjpki.keys.pkcs11.admin_client import administer
from openjpki.keys.pkcs11.request import AdminRequest, Operation
from openjpki.keys.port import check_bits
from openjpki.keys.secret import wiped
from openjpki.keys.signing_key import CoreSigningKey
from openjpki.signer_core import Pkcs11Token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openjpki.keys.secret import Secret


class Pkcs11Backend:
    """A :class:`openjpki.keys.port.KeyBackend` on a token that others may use too.

    Nothing is done at construction: a service starts before its device and finds it later. The
    PIN is read from its source for each act of administration, and once for signing, whose
    sessions keep it (in Rust, wiped at the end) to log in again after a failure. A PIN that was
    refused is not tried again by this backend, because tokens lock themselves.
    """

    def __init__(
        self,
        module_path: Path,
        token_label: str,
        pin: Secret,
        *,
        sessions: int = 4,
        wait_seconds: float = 10.0,
    ) -> None:
        """``sessions``: most at once. ``wait_seconds``: longest wait for one of them."""
        self._module_path = module_path
        self._token_label = token_label
        self._pin = pin
        self._sessions = sessions
        self._wait_seconds = wait_seconds
        self._opening = threading.Lock()
        self._token: Pkcs11Token | None = None
        self._refused: OpenJpkiError | None = None

    def open(self, label: str) -> CoreSigningKey:
        """See :meth:`openjpki.keys.port.KeyBackend.open`."""
        name = str(KeyLabel.parse(label))
        token = self._signing_token()
        with key_errors(name):
            return CoreSigningKey(name, token.open_key(name))

    def generate(self, label: str, bits: int) -> CoreSigningKey:
        """See :meth:`openjpki.keys.port.KeyBackend.generate`."""
        name = str(KeyLabel.parse(label))
        check_bits(bits)
        self._administer(Operation.GENERATE, name, bits)
        return self.open(name)

    def labels(self) -> list[str]:
        """See :meth:`openjpki.keys.port.KeyBackend.labels`."""
        return list(self._administer(Operation.LABELS))

    def destroy(self, label: str) -> None:
        """See :meth:`openjpki.keys.port.KeyBackend.destroy`."""
        self._administer(Operation.DESTROY, str(KeyLabel.parse(label)))

    def serial(self) -> str:
        """The token's serial number, as its maker wrote it. Raises as :meth:`labels`."""
        (number,) = self._administer(Operation.SERIAL)
        return number

    def write_certificates(
        self, label: str, certificate: bytes, issuer: bytes
    ) -> tuple[bytes, bytes]:
        """Write the key's certificate and its issuer's, X.509 DER, beside the key; what the token
        has of both afterwards. They take the place of earlier ones once they were read back.

        Raises as :meth:`openjpki.keys.port.KeyBackend.destroy`, ``CERTIFICATE_REFUSED`` for a
        certificate of another key.
        """
        both = (certificate.hex(), issuer.hex())
        name = str(KeyLabel.parse(label))
        written = self._administer(Operation.WRITE_CERTIFICATES, name, certificates=both)
        return bytes.fromhex(written[0]), bytes.fromhex(written[1])

    def close(self) -> None:
        """Sessions end, and the login with them, when the last key opened here is let go of."""
        with self._opening:
            self._token = None

    def _signing_token(self) -> Pkcs11Token:
        with self._opening:
            if self._token is None:
                with self._one_try(), wiped(self._pin.read()) as pin, key_errors(self._token_label):
                    _check_utf8(pin)
                    self._token = Pkcs11Token(
                        self._module_path,
                        self._token_label,
                        pin,
                        sessions=self._sessions,
                        wait_seconds=self._wait_seconds,
                    )
            return self._token

    def _administer(
        self,
        operation: Operation,
        label: str = "",
        bits: int = 0,
        certificates: tuple[str, ...] = (),
    ) -> tuple[str, ...]:
        with self._one_try(), wiped(self._pin.read()) as pin:
            _check_utf8(pin)
            return administer(
                AdminRequest(
                    operation,
                    str(self._module_path),
                    self._token_label,
                    pin.decode(),
                    label,
                    bits,
                    certificates,
                )
            )

    @contextmanager
    def _one_try(self) -> Iterator[None]:
        """Let no PIN through that was refused before."""
        if self._refused:
            raise OpenJpkiError(self._refused.reason, self._refused.message)
        try:
            yield
        except OpenJpkiError as error:
            if error.reason is Reason.KEY_CREDENTIAL_REFUSED:
                self._refused = error
            raise


def _check_utf8(pin: bytearray) -> None:
    try:
        pin.decode()
    except UnicodeDecodeError:
        raise OpenJpkiError(Reason.KEY_CREDENTIAL_REFUSED, "the PIN must be UTF-8") from None
