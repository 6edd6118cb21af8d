"""ocsp_core: OCSP responses about one certificate each, built and signed."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder

from openjpki.signer_core import SoftwareKey
from openjpki.x509.ocsp import (
    OcspCertId,
    OcspResponder,
    ResponseData,
    SingleResponse,
    parse_request,
)
from openjpki_devkit.bench.people import NOT_BEFORE, applications, issuer_of
from openjpki_devkit.bench.rate import one_core, per_second
from openjpki_devkit.bench.result import Result, Row, compared

if TYPE_CHECKING:
    from collections.abc import Sequence

_BATCH = 64
_NONCE = bytes(32)
_VALIDITY = 3_600
_TURNS = 61
_SECONDS = 0.05


def _measure() -> list[Result]:
    with one_core():
        key = SoftwareKey.generate(2048)
        # Whose certificate travels in the answers makes no difference to what they cost.
        responder = OcspResponder(issuer_of(key).to_be_signed(applications()(1))[0].sign(key))
        asked = [_cert_id(number) for number in range(_BATCH)]
        to_sign = [responder.to_be_signed(content) for content in _contents(asked)]
        return [
            compared(
                id="ocsp_core",
                what="OCSP responses to read questions, built and signed, one core",
                unit="responses/s",
                peer="sign_batch of as many messages, as long, one core",
                # The answers are made inside: what a caller pays in Python counts.
                ours=lambda: per_second(
                    lambda: len(responder.sign(_contents(asked), key, threads=1)),
                    _SECONDS,
                    time.thread_time,
                ),
                theirs=lambda: per_second(
                    lambda: len(key.sign_batch(to_sign, threads=1)), _SECONDS, time.thread_time
                ),
                turns=_TURNS,
            )
        ]


def _cert_id(number: int) -> OcspCertId:
    # A name for an issuer, not a protection; what most askers send.
    name, key = (hashlib.sha1(part, usedforsecurity=False).digest() for part in (b"name", b"key"))
    builder = OCSPRequestBuilder().add_certificate_by_hash(
        name,
        key,
        (1 << 150) + number,
        hashes.SHA1(),  # noqa: S303
    )
    return parse_request(builder.build().public_bytes(Encoding.DER)).cert_ids[0]


def _contents(asked: Sequence[OcspCertId]) -> list[ResponseData]:
    return [
        ResponseData(
            produced_at=NOT_BEFORE,
            responses=[
                SingleResponse.good(
                    cert_id, this_update=NOT_BEFORE, next_update=NOT_BEFORE + _VALIDITY
                )
            ],
            nonce=_NONCE,
        )
        for cert_id in asked
    ]


ROW = Row("ocsp_core", "OCSP responses against signatures as long, one core", _measure)
