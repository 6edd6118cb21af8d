"""What a key generator states of a key: the contract's message and the domain's value."""

from __future__ import annotations

from openjpki.api.registration.v1 import registration_pb2
from openjpki.domain.certificate_hand_over import Medium
from openjpki.domain.evidence import KeyAttestation, KeyPlace
from openjpki.errors import OpenJpkiError
from openjpki.rpc.officer_signature import from_message, to_message

_MEDIUM = "CERTIFICATE_MEDIUM_"
FIELD = "attestation"


def key_attestation_of(
    request: registration_pb2.PresentPublicKeyRequest,
) -> KeyAttestation | None:
    """What came with the key; None where nothing did. Raises ``INVALID_FIELD``,
    ``UNKNOWN_MUNICIPALITY``."""
    if not request.HasField("attestation"):
        return None
    said = request.attestation
    medium = registration_pb2.CertificateMedium.Name(said.medium)
    try:
        place = KeyPlace(Medium[medium.removeprefix(_MEDIUM)], said.medium_serial)
    except OpenJpkiError as error:
        raise OpenJpkiError(
            error.reason, error.message, field=f"{FIELD}.{error.field}", **error.metadata
        ) from error
    return KeyAttestation(place, from_message(said.signature, field=f"{FIELD}.signature"))


def key_attestation_message(said: KeyAttestation) -> registration_pb2.KeyAttestation:
    """The message that :func:`key_attestation_of` reads back."""
    return registration_pb2.KeyAttestation(
        medium=registration_pb2.CertificateMedium.Value(_MEDIUM + said.place.medium.name),
        medium_serial=said.place.serial,
        signature=to_message(said.signature),
    )
