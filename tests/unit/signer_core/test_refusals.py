"""What the compiled module refuses with is data: kind, field, place and rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from openjpki import signer_core

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = signer_core.SoftwareKey.generate(2048)
ERROR_RESPONSE = signer_core.ocsp_error_response(1)


def of_another_kind() -> None:
    plain = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    signer_core.SoftwareKey.from_pkcs8(plain)


def of_another_passphrase() -> None:
    stored = KEY.to_encrypted_pkcs8(b"correct horse", 100_000)
    signer_core.SoftwareKey.from_encrypted_pkcs8(stored, b"battery staple")


def revoked_for_no_reason() -> None:
    signer_core.StatusIndex().apply(
        b"\x01\x02", b"\1\1", b"\1\0\1\0", bytes(16), b"\x01\x02", b"\0\x08", bytes(16)
    )


@pytest.mark.parametrize(
    ("refused", "raised", "kind", "field", "place", "rule"),
    [
        (
            lambda: signer_core.parse_ocsp_request(b"\x30\x05", 1),
            signer_core.MalformedError,
            "malformed",
            "OCSPRequest",
            None,
            "is cut short",
        ),
        (
            lambda: signer_core.parse_cms_signed_data(b"\x30\x80"),
            signer_core.MalformedError,
            "malformed",
            "SignedData",
            None,
            "is not BER of its type",
        ),
        (
            lambda: signer_core.verify_batch(KEY.spki_der + b"\0", [], []),
            signer_core.MalformedError,
            "trailing_bytes",
            "SubjectPublicKeyInfo",
            None,
            "has bytes after its end",
        ),
        (
            lambda: signer_core.SoftwareKey.generate(1024),
            signer_core.InvalidArgumentError,
            "invalid_argument",
            "bits",
            None,
            "must be 2048, 3072 or 4096",
        ),
        (
            revoked_for_no_reason,
            signer_core.InvalidArgumentError,
            "invalid_argument",
            "reason",
            1,
            "8 is not a reason to revoke for",
        ),
        (
            of_another_kind,
            signer_core.SignerError,
            "key",
            None,
            None,
            "the private key is not RSA",
        ),
        (
            of_another_passphrase,
            signer_core.CredentialRefusedError,
            "credential_refused",
            None,
            None,
            "the passphrase does not open the key",
        ),
        (
            lambda: signer_core.Pkcs11Token("/usr/lib/none.so", "token", b"1234", sessions=0),
            signer_core.InvalidArgumentError,
            "invalid_argument",
            "sessions",
            None,
            "at least one is needed",
        ),
    ],
)
def test_each_refusal_says_what_it_is(
    refused: Callable[[], object],
    raised: type[Exception],
    kind: str,
    field: str | None,
    place: int | None,
    rule: str,
) -> None:
    with pytest.raises(raised) as caught:
        refused()
    error = caught.value
    assert isinstance(
        error,
        signer_core.SignerError | signer_core.MalformedError | signer_core.InvalidArgumentError,
    )
    assert type(error) is raised
    assert (error.kind, error.field, error.place, error.rule) == (kind, field, place, rule)
    assert error.kind in signer_core.ERROR_KINDS
    assert str(error).endswith(rule)


def test_a_device_that_is_not_there_is_a_kind_of_its_own() -> None:
    with pytest.raises(signer_core.DeviceUnavailableError) as caught:
        signer_core.Pkcs11Token("/nowhere/none.so", "token", b"1234")
    assert (caught.value.kind, caught.value.field) == ("device_unavailable", None)


@pytest.mark.parametrize(
    ("made", "kind"),
    [
        (signer_core.SignerError, "key"),
        (signer_core.MalformedError, "malformed"),
        (signer_core.InvalidArgumentError, "invalid_argument"),
        (signer_core.ProfileMismatchError, "profile_mismatch"),
        (signer_core.SignatureCheckError, "signature_check_failed"),
        (signer_core.DeviceUnavailableError, "device_unavailable"),
        (signer_core.KeyNotFoundError, "key_not_found"),
        (signer_core.CredentialRefusedError, "credential_refused"),
    ],
)
def test_an_exception_made_elsewhere_has_its_classs_kind(
    made: type[signer_core.SignerError], kind: str
) -> None:
    error = made("made up")
    assert (error.kind, error.field, error.place, error.rule) == (kind, None, None, "")
